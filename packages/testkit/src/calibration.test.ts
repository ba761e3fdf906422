import { generator, meanAndStandardError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { errorsInStandardErrors, rootMeanSquareOfErrors } from './calibration.js';

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

/** An honest estimate of 3 from 100 normal numbers, made dishonest by a bias and by a factor on its error bar. */
async function judge(seed: number, bias: number, factor: number) {
  const random = generator(seed);
  const numbers = Float64Array.from({ length: 100 }, (_, n) => 3 + random.normal(n, 0, 0, 0));
  const { mean, standardError } = meanAndStandardError(numbers);
  return { estimate: mean + bias, standardError: factor * standardError, exact: 3 };
}

describe('rootMeanSquareOfErrors', () => {
  it('is near 1 for an honest estimator', async () => {
    const errors = await errorsInStandardErrors(seeds, (seed) => judge(seed, 0, 1));
    expect(errors).toHaveLength(200);
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(0.85);
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(1.15);
  });

  it.each([
    ['a bias', 0.2, 1],
    ['error bars too small', 0, 0.6],
  ])('is too large with %s', async (_, bias, factor) => {
    const errors = await errorsInStandardErrors(seeds, (seed) => judge(seed, bias, factor));
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(1.4);
  });

  it('is too small with error bars too large', async () => {
    const errors = await errorsInStandardErrors(seeds, (seed) => judge(seed, 0, 2));
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(0.7);
  });

  it('refuses estimates without an error', async () => {
    await expect(errorsInStandardErrors([1], (seed) => judge(seed, 0, 0))).rejects.toMatchObject({
      code: 'DATA_INVALID',
    });
  });
});
