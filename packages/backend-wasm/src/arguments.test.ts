import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;

it.each<[string, () => unknown, string]>([
  [
    'threads alone',
    () => plain.wasm(2),
    'wasm: the options are 2; expected an object { threads, bytes, createWorker }.',
  ],
  [
    'a thread',
    () => plain.wasm({ thread: 2 }),
    'wasm has no option "thread". It takes threads, bytes, createWorker. Did you mean "threads"?',
  ],
  [
    'threads as text',
    () => plain.wasm({ threads: '2' }),
    'wasm: threads is "2"; expected a number or "auto". Write 2.',
  ],
  [
    'one module',
    () => plain.wasm({ bytes: new Uint8Array(2) }),
    'wasm, bytes: the options are a Uint8Array; expected an object { single, shared }.',
  ],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
