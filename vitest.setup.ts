import { expect } from 'vitest';

/** Whether two typed arrays are equal beyond doubt: of one kind and length, each number the same, with its sign where it is 0. */
function sameNumbers(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a instanceof DataView || b instanceof DataView)
    return undefined;
  const [x, y] = [a, b] as unknown as [ArrayLike<number | bigint>, ArrayLike<number | bigint>];
  if (a.constructor !== b.constructor || x.length !== y.length) return undefined;
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return undefined;
  return true;
}

// vitest looks at each number as if it were an object, in far more time than most tests take to compute it. What is not the
// same is left to it, with its message.
expect.addEqualityTesters([sameNumbers]);
