import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;

it.each<[string, () => unknown, string]>([
  ['a module to come', () => plain.gpujs(Promise.resolve({})), 'gpujs: the options are a promise; expected an object'],
  ['another name', () => plain.gpujs({ gpuJs: {} }), 'gpujs has no option "gpuJs".'],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
