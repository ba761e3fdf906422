import { generator } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { totalVariation, totalVariationNoise } from './total-variation.js';

describe('totalVariation', () => {
  it('is half the L1 distance', () => {
    expect(totalVariation([1, 0, 0], [0, 0.5, 0.5])).toBe(1);
    expect(totalVariation([0.5, 0.5], [0.25, 0.75])).toBe(0.25);
  });
});

describe('totalVariationNoise', () => {
  it('has the exact mean for two outcomes', () => {
    // One toss of a fair coin is always 1/2 away; of two tosses, half are even and half are 1/2 away.
    expect(totalVariationNoise(Float64Array.of(0.5, 0.5), 1).mean).toBeCloseTo(0.5, 14);
    expect(totalVariationNoise(Float64Array.of(0.5, 0.5), 2).mean).toBeCloseTo(0.25, 14);
  });

  it('has none where all is certain', () => {
    expect(totalVariationNoise(Float64Array.of(1, 0), 100)).toEqual({ mean: 0, standardDeviation: 0 });
  });

  it.each([
    ['few bins', [0.6, 0.3, 0.1], 300],
    ['many bins, some of them hardly ever hit', Array.from({ length: 40 }, (_, k) => 0.8 ** k), 500],
  ])('agrees with simulated multinomials: %s', (_, shape, count) => {
    const total = shape.reduce((sum, p) => sum + p, 0);
    const probabilities = Float64Array.from(shape, (p) => p / total);
    const runs = 2000;
    const random = generator(5);
    const distances = Array.from({ length: runs }, (_, run) => {
      const histogram = new Float64Array(probabilities.length);
      for (let n = 0; n < count; n++) {
        const k = random.categorical(probabilities, 0, probabilities.length, n, 0, run, 0);
        histogram[k] = (histogram[k] as number) + 1 / count;
      }
      return totalVariation(histogram, probabilities);
    });
    const mean = distances.reduce((sum, d) => sum + d, 0) / runs;
    const deviation = Math.sqrt(distances.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (runs - 1));
    const noise = totalVariationNoise(probabilities, count);
    expect(Math.abs(mean - noise.mean)).toBeLessThan((4 * deviation) / Math.sqrt(runs));
    // The standard deviation of 2,000 runs is known to 1.6 %; the rest is what the normal pairs may be off by.
    expect(Math.abs(noise.standardDeviation / deviation - 1)).toBeLessThan(0.08);
  });
});
