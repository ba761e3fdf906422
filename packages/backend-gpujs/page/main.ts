import { reportLarge } from './large.js';
import { reportLoss } from './loss.js';
import { reportSuite } from './suite.js';
import { reportTraining } from './training.js';

const tasks: Readonly<Record<string, (parameters: URLSearchParams) => Promise<unknown>>> = {
  large: reportLarge,
  loss: reportLoss,
  suite: reportSuite,
  training: reportTraining,
};

const parameters = new URLSearchParams(location.search);
const task = tasks[parameters.get('task') ?? ''] as (parameters: URLSearchParams) => Promise<unknown>;
const report = await task(parameters).catch((error: unknown) => ({ error: String(error) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
