import { RbmError } from '@rbm/core';

/** An estimate, what it claims to know of its own error, and the truth. */
export interface JudgedEstimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly exact: number;
}

/**
 * The errors of an estimator in units of its own standard errors, over many seeded models.
 *
 * @param seeds One estimate for each.
 * @returns `[seeds]`: `(estimate − exact) / standardError`.
 * @throws RbmError `DATA_INVALID` for a standard error that is not a positive number.
 */
export async function errorsInStandardErrors(
  seeds: Iterable<number>,
  judge: (seed: number) => Promise<JudgedEstimate>,
): Promise<Float64Array> {
  const errors: number[] = [];
  for (const seed of seeds) {
    const { estimate, standardError, exact } = await judge(seed);
    if (!(standardError > 0)) {
      throw new RbmError(
        'DATA_INVALID',
        `The estimate for seed ${seed} has a standard error of ${standardError}: choose a model that leaves some noise.`,
      );
    }
    errors.push((estimate - exact) / standardError);
  }
  return Float64Array.from(errors);
}

/**
 * Near 1 for an honest estimator: a bias or error bars too small make it larger, error bars too large smaller. Over 100
 * models it scatters by about 0.07, so that 0.7 to 1.4 is a fair range to demand.
 *
 * @param errors From `errorsInStandardErrors`.
 */
export function rootMeanSquareOfErrors(errors: Float64Array): number {
  return Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
}
