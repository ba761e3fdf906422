import { expect, expectTypeOf, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { type AbortSignalLike, throwIfAborted } from './abort.js';

test('the platform’s signal is one of ours', () => {
  expectTypeOf<AbortSignal>().toExtend<AbortSignalLike>();
});

test('throws once the signal has fired, with its reason', async () => {
  const controller = new AbortController();
  throwIfAborted(undefined);
  throwIfAborted(controller.signal);
  controller.abort('reason');
  expect(await codeOf(() => throwIfAborted(controller.signal))).toBe('ABORTED');
  expect(() => throwIfAborted(controller.signal)).toThrow(expect.objectContaining({ cause: 'reason' }));
});
