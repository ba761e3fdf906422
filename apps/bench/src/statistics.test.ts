import { describe, expect, it } from 'vitest';
import { growthExponent, quantile, ratio, summarise } from './statistics.js';

describe('summaries of measurements', () => {
  it('interpolates quantiles', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([5], 0.25)).toBe(5);
    expect(quantile([], 0.5)).toBeNaN();
    expect(summarise([9, 1, 5, 7, 3])).toEqual({ median: 5, lowerQuartile: 3, upperQuartile: 7, least: 1 });
  });

  it('divides neighbouring measurements', () => {
    // The machine slows down by half from the third repetition on: the ratio does not change.
    const { median, lowerQuartile, upperQuartile } = ratio([4, 4, 8, 8, 8], [2, 2, 4, 4, 4]);
    expect([median, lowerQuartile, upperQuartile]).toEqual([2, 2, 2]);
    expect(ratio([6, 4, 5], [1, 2, 5]).median).toBe(2);
    expect(ratio([6, 4, 5], [1, 2, 5]).least).toBe(1);
  });

  it('finds the exponent of a power law', () => {
    const sizes = [10, 100, 1000];
    expect(
      growthExponent(
        sizes,
        sizes.map((n) => 3 * n ** 1.5),
      ),
    ).toBeCloseTo(1.5, 12);
  });
});
