import { describe, expect, test } from 'vitest';
import { generator } from '../random/generator.js';
import { codeOf } from './brute-force.testing.js';
import { empirical, empiricalLogProbability, entropy, sampleEmpirical } from './empirical.js';

const values = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 1, 1, 0);

test('equal samples are merged in the order of their first appearance', () => {
  const { rows, probabilities, count } = empirical({ values, count: 5, width: 2 });
  expect(count).toBe(3);
  expect([...rows]).toEqual([1, 0, 0, 1, 1, 1]);
  expect([...probabilities]).toEqual([0.6, 0.2, 0.2]);
});

test('weights count', () => {
  const weights = Float64Array.of(1, 2, 3, 1, 1);
  const { probabilities } = empirical({ values, count: 5, width: 2, weights });
  expect([...probabilities]).toEqual([5 / 8, 2 / 8, 1 / 8]);
});

test('numbers that print alike to some digits stay apart', () => {
  expect(empirical({ values: Float64Array.of(0.1 + 0.2, 0.3), count: 2, width: 1 }).count).toBe(2);
  expect(empirical({ values: Float64Array.of(1, 11, 11, 1), count: 2, width: 2 }).count).toBe(2);
});

test('entropy in nats', () => {
  expect(entropy({ values, count: 5, width: 2 })).toBeCloseTo(-0.6 * Math.log(0.6) - 0.4 * Math.log(0.2), 15);
  expect(entropy({ values: Float64Array.of(1, 1, 1), count: 3, width: 1 })).toBe(0);
  const distinct = Float64Array.from({ length: 30 }, (_, n) => n);
  expect(entropy({ values: distinct, count: 30, width: 1 })).toBeCloseTo(Math.log(30), 14);
});

test.each([
  ['DATA_INVALID', { values: new Uint8Array(0), count: 0, width: 2 }],
  ['SHAPE_MISMATCH', { values, count: 4, width: 2 }],
  ['SHAPE_MISMATCH', { values, count: 5, width: 2, weights: Float64Array.of(1) }],
  ['DATA_INVALID', { values, count: 5, width: 2, weights: Float64Array.of(1, 1, 0, 1, 1) }],
  ['DATA_INVALID', { values, count: 5, width: 2, weights: Float64Array.of(1, 1, Number.NaN, 1, 1) }],
])('%s for bad samples', async (code, samples) => {
  expect(await codeOf(() => empirical(samples))).toBe(code);
});

describe('as a model', () => {
  const samples = { values: Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 1), count: 4, width: 2 };

  test('what was seen has its frequency, what was not has none', () => {
    const logs = empiricalLogProbability(samples, Uint8Array.of(1, 0, 1, 1, 0, 0));
    expect([...logs]).toEqual([Math.log(0.5), Math.log(0.25), Number.NEGATIVE_INFINITY]);
  });

  test('samples are what was seen, as often', () => {
    const drawn = sampleEmpirical({ ...samples, weights: Float64Array.of(1, 1, 4, 2) }, generator(5), 4000);
    const counts = new Map<string, number>();
    for (let n = 0; n < 4000; n++) {
      const key = drawn.slice(2 * n, 2 * n + 2).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // Five standard deviations of a frequency.
    for (const [key, p] of [
      ['1,0', 5 / 8],
      ['0,1', 1 / 8],
      ['1,1', 2 / 8],
    ] as const) {
      expect(Math.abs((counts.get(key) ?? 0) / 4000 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 4000));
    }
    expect(counts.size).toBe(3);
  });
});
