import { expect, it } from 'vitest';
import { engineLimit } from './engine-limit.js';

it.each<[string, () => unknown]>([
  ['a typed array', () => new Float64Array(2 ** 53 - 1)],
  ['an array buffer', () => new ArrayBuffer(2 ** 52)],
  ['an array', () => new Array(-1)],
  ['a string', () => 'x'.repeat(2 ** 30)],
  ['a decoded string', () => Buffer.alloc(2 ** 29 + 2 ** 20, 48).toString('latin1')],
])('%s beyond the limits of the engine is SIZE_LIMIT', (_, make) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(engineLimit(thrown)).toMatchObject({ code: 'SIZE_LIMIT', cause: thrown });
});

it('other errors are none', () => {
  expect([engineLimit(new TypeError('x is not a function')), engineLimit('out of memory')]).toEqual([
    undefined,
    undefined,
  ]);
});
