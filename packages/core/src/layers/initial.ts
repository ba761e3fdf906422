import { RbmError } from '../contracts/errors.js';

/** @throws RbmError `ARGUMENT_INVALID` unless `units` is a positive whole number. */
export function checkUnits(units: number): void {
  if (!Number.isSafeInteger(units) || units < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A layer needs a positive whole number of units, not ${units}.`);
  }
}

/**
 * Copies what a constructor was given for a parameter array to where it starts from; nothing given leaves it as it is.
 *
 * @throws RbmError `SHAPE_MISMATCH` for another length, `NOT_FINITE`, `ARGUMENT_INVALID` below the minimum.
 */
export function setInitial(
  target: Float64Array,
  name: string,
  given: ArrayLike<number> | undefined,
  minimum: number = Number.NEGATIVE_INFINITY,
): void {
  if (!given) return;
  if (given.length !== target.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The ${name} of this layer needs ${target.length} numbers, not ${given.length}.`,
    );
  }
  target.set(given);
  const bad = target.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new RbmError('NOT_FINITE', `Number ${bad} of the ${name} is ${target[bad]}.`);
  const low = target.findIndex((x) => x < minimum);
  if (low >= 0) {
    throw new RbmError('ARGUMENT_INVALID', `Number ${low} of the ${name} is ${target[low]}; the least is ${minimum}.`);
  }
}
