import { RbmError, type Samples } from '@rbm/core';

/**
 * Patterns as spins: those of 0 and 1 by `ξ = 2x − 1`.
 *
 * @returns `[count, width]`
 * @throws RbmError `DATA_INVALID` without patterns, or for values other than ±1 throughout, or 0 and 1 throughout;
 * `SHAPE_MISMATCH`.
 */
export function asSpins({ values, count, width }: Samples): Float64Array {
  if (count < 1) throw new RbmError('DATA_INVALID', 'There is no pattern to store.');
  if (values.length !== count * width) {
    throw new RbmError('SHAPE_MISMATCH', `${count} patterns of ${width} units are not ${values.length} numbers.`);
  }
  const isBinary = values.some((x) => x === 0);
  const bad = values.findIndex((x) => x !== 1 && x !== (isBinary ? 0 : -1));
  if (bad >= 0) {
    throw new RbmError(
      'DATA_INVALID',
      `Patterns are of −1 and 1, or of 0 and 1: unit ${bad % width} of pattern ${Math.floor(bad / width)} is ${values[bad]}.`,
    );
  }
  return Float64Array.from(values, (x) => (x > 0 ? 1 : -1));
}
