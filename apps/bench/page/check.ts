import { Answers } from '../src/gpu-check/answer.js';
import type { CheckRequest } from '../src/gpu-check/requests.js';

// Asks the program that opened the page what to do, does it, and reports.

const answers = new Answers();
let last: Promise<unknown> = Promise.resolve();
/** Reports arrive in their order. */
const report = (message: object): Promise<unknown> => {
  last = last.then(() => fetch('/report', { method: 'POST', body: JSON.stringify(message) }));
  return last;
};
for (;;) {
  const request = (await (await fetch('/next')).json()) as CheckRequest;
  try {
    await report({ result: await answers.answer(request, (part) => report({ part })) });
  } catch (error) {
    await report({ error: error instanceof Error ? error.message : String(error) });
  }
}
