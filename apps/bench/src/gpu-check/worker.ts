import { pathToFileURL } from 'node:url';
import { Answers } from './answer.js';
import type { CheckRequest } from './requests.js';

// A process of its own for each engine, so that whatever a driver does, the program that asks goes on.

/** The module `webgpu`, if the engine is one of graphics hardware. */
const module = process.argv[2];

async function provideWebgpu(path: string): Promise<void> {
  const { create, globals } = (await import(pathToFileURL(path).href)) as {
    create(flags: readonly string[]): unknown;
    globals: object;
  };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
}

const send = (message: object): void => {
  process.send?.(message);
};
const answers = new Answers();
const ready = module ? provideWebgpu(module) : Promise.resolve();

process.on('message', async (request: CheckRequest) => {
  try {
    await ready;
    send({ result: await answers.answer(request, (part) => send({ part })) });
  } catch (error) {
    send({ error: error instanceof Error ? error.message : String(error) });
  }
});
// Nobody asks any more.
process.on('disconnect', () => process.exit(0));
