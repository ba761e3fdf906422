import { reference } from '@rbm/core';
import { expect, test } from 'vitest';
import { Answers, timeOperation } from './answer.js';
import type { OpenedSide, Timed } from './requests.js';

test.each(['cd-1', 'gibbs', 'ais'] as const)('%s is timed, and leaves nothing in memory', async (operation) => {
  const backend = reference();
  const before = backend.memory();
  const { first, step, steps, bytes } = await timeOperation(backend, operation, [5, 3, 4], 5);
  expect(first).toBeGreaterThan(0);
  expect(step).toBeGreaterThan(0);
  expect(steps).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(0);
  expect(backend.memory()).toEqual(before);
});

test('a processor does not call itself hardware', async () => {
  const answers = new Answers();
  const opened = (await answers.answer({ ask: 'open', engine: 'wasm', threads: 1 }, () => {})) as OpenedSide;
  expect(opened.info).toContain('WebAssembly');
  expect(opened.hardware).toBe(false);
  const asked = { ask: 'time', operation: 'cd-1', visible: 6, hidden: 4, batch: 3, duration: 5 } as const;
  expect(((await answers.answer(asked, () => {})) as Timed).step).toBeGreaterThan(0);
});
