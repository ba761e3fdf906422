import { RbmError } from '@rbm/core';

/**
 * How many numbers an array of `shape` holds: the product of the lengths, 1 for no axes. `undefined` unless every
 * length is a whole number of at least 0 and the product can be counted exactly.
 */
export function countElements(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) return undefined;
    count *= length;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** @throws RbmError `SHAPE_MISMATCH` unless `shape` describes exactly `length` numbers */
export function checkShape(what: string, shape: readonly number[], length: number): void {
  if (countElements(shape) === length) return;
  throw new RbmError(
    'SHAPE_MISMATCH',
    `${what} was given ${length} numbers and the shape [${shape.join(', ')}]; ` +
      'the lengths must be whole numbers whose product is the count of the numbers.',
  );
}
