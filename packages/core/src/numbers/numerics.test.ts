import { describe, expect, test } from 'vitest';
import { CompensatedSum, logit, logSumExp, meanAndStandardError, sigmoid, softplus } from './numerics.js';

/** Relative error; absolute where the value is 0. */
function error(value: number, exact: number): number {
  if (value === exact) return 0;
  return Math.abs(value - exact) / (Math.abs(exact) || 1);
}

/** `log(1 + e^x)` and `1 / (1 + e^-x)` in decimal arithmetic of 60 digits, rounded to float64. */
const table: [x: number, softplus: number, sigmoid: number][] = [
  [-745, 5e-324, 5e-324],
  [-700, 9.85967654375977e-305, 9.85967654375977e-305],
  [-40, 4.248354255291589e-18, 4.248354255291589e-18],
  [-36.75, 1.0956650033262367e-16, 1.0956650033262366e-16],
  [-1, 0.3132616875182228, 0.2689414213699951],
  [-1e-9, 0.6931471800599454, 0.49999999975],
  [0, Math.LN2, 0.5],
  [1e-9, 0.6931471810599453, 0.50000000025],
  [0.5, 0.9740769841801067, 0.6224593312018546],
  [1, 1.3132616875182228, 0.7310585786300049],
  [30, 30.000000000000092, 0.9999999999999064],
  [36.75, 36.75, 0.9999999999999999],
  [40, 40, 1],
  [700, 700, 1],
  [1e308, 1e308, 1],
  [-1e308, 0, 0],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, 0, 0],
];

test.each(table)('softplus and sigmoid of %d', (x, log, probability) => {
  expect(error(softplus(x), log)).toBeLessThan(5e-16);
  expect(error(sigmoid(x), probability)).toBeLessThan(5e-16);
});

test('softplus(x) − softplus(−x) = x and sigmoid(x) + sigmoid(−x) = 1', () => {
  for (let x = -50; x <= 50; x += 0.37) {
    expect(softplus(x) - softplus(-x)).toBeCloseTo(x, 13);
    expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 15);
  }
});

const logits: [p: number, logit: number][] = [
  [1e-300, -690.7755278982137],
  [5e-324, -744.4400719213812],
  [0.25, -1.0986122886681098],
  [0.5, 0],
  [0.9, 2.1972245773362196],
  [1 - 2 ** -53, 36.7368005696771],
  [0, Number.NEGATIVE_INFINITY],
  [1, Number.POSITIVE_INFINITY],
];

test.each(logits)('logit of %d, and back', (p, exact) => {
  expect(error(logit(p), exact)).toBeLessThan(5e-16);
  expect(error(sigmoid(logit(p)), p)).toBeLessThan(1e-13);
});

describe('logSumExp', () => {
  test('does not overflow or underflow', () => {
    expect(error(logSumExp([1000, 1001, 999.5]), 1001.4643687841079)).toBeLessThan(5e-16);
    expect(error(logSumExp([-1000, -1001, -2000]), -999.6867383124818)).toBeLessThan(5e-16);
    expect(logSumExp([3])).toBe(3);
  });

  test('treats infinities as limits, and lets a NaN through', () => {
    const infinity = Number.POSITIVE_INFINITY;
    expect(logSumExp([])).toBe(-infinity);
    expect(logSumExp([-infinity, -infinity])).toBe(-infinity);
    expect(logSumExp([-infinity, 2])).toBe(2);
    expect(logSumExp([infinity, 2])).toBe(infinity);
    expect(logSumExp([1, Number.NaN])).toBeNaN();
  });

  test('keeps what a plain sum loses', () => {
    // 1 and 10^6 numbers of 10^-17: a plain sum would stay at 1.
    const values = new Float64Array(1e6 + 1).fill(Math.log(1e-17));
    values[0] = 0;
    expect(error(logSumExp(values), Math.log1p(1e-11))).toBeLessThan(1e-5);
  });
});

test('a compensated sum forgets nothing that a float64 can hold', () => {
  const sum = new CompensatedSum();
  for (const x of [1, 1e100, 1, -1e100]) sum.add(x);
  expect(sum.value).toBe(2);
});

test('mean and standard error', () => {
  // Variance with n − 1: (4 + 0 + 4) / 2 = 4.
  expect(meanAndStandardError([1, 3, 5])).toEqual({ mean: 3, standardError: Math.sqrt(4 / 3) });
  expect(meanAndStandardError([7])).toEqual({ mean: 7, standardError: Number.NaN });
  // A large offset must not eat the spread.
  expect(meanAndStandardError([1e9 + 1, 1e9 + 3, 1e9 + 5]).standardError).toBeCloseTo(Math.sqrt(4 / 3), 12);
});
