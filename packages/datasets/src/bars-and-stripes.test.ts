import { empirical, entropy } from '@rbm/core';
import { describe, expect, test } from 'vitest';
import { barsAndStripes } from './bars-and-stripes.js';

function image(values: ArrayLike<number>, index: number, n: number): number[][] {
  return Array.from({ length: n }, (_, row) =>
    Array.from({ length: n }, (_, column) => values[(index * n + row) * n + column] as number),
  );
}

const transposed = (rows: number[][]) => rows.map((_, i) => rows.map((row) => row[i] as number));
const hasUniformRows = (rows: number[][]) => rows.every((row) => row.every((pixel) => pixel === row[0]));

test.each([2, 3, 4, 8])('side %i: all 2^(n+1) − 2 patterns once, each of whole lines', (n) => {
  const { train, image: shape } = barsAndStripes(n);
  expect([train.count, train.width, shape]).toEqual([2 ** (n + 1) - 2, n * n, [n, n]]);
  expect(empirical(train).count).toBe(train.count);
  for (let index = 0; index < train.count; index++) {
    const rows = image(train.values, index, n);
    expect(hasUniformRows(rows) || hasUniformRows(transposed(rows))).toBe(true);
  }
});

test('side 2 in its documented order', () => {
  expect([...barsAndStripes(2).train.values]).toEqual([
    ...[0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    ...[1, 0, 1, 0, 0, 1, 0, 1],
  ]);
});

describe('distinct', () => {
  test('has equal probabilities and entropy log 30 at side 4', () => {
    const data = barsAndStripes(4);
    expect(data.entropy).toBeCloseTo(Math.log(30), 14);
    expect(entropy(data.train)).toBeCloseTo(data.entropy, 12);
    expect(data.train.weights).toBeUndefined();
    expect(new Set(data.probabilities)).toEqual(new Set([1 / 30]));
    expect(data.preparation).toEqual({ distribution: 'distinct' });
  });
});

describe('coin', () => {
  test.each([2, 4])('side %i: is what tossing the coins gives', (n) => {
    // All outcomes of the orientation's coin and the n lines' coins, equally probable.
    const tosses = new Map<string, number>();
    for (let lines = 0; lines < 2 ** n; lines++) {
      const rows = Array.from({ length: n }, (_, row) => Array<number>(n).fill((lines >> row) & 1));
      for (const pattern of [rows, transposed(rows)]) {
        tosses.set(String(pattern), (tosses.get(String(pattern)) ?? 0) + 1 / 2 ** (n + 1));
      }
    }
    const { train, probabilities } = barsAndStripes(n, { distribution: 'coin' });
    expect(tosses.size).toBe(train.count);
    for (let index = 0; index < train.count; index++) {
      expect(probabilities[index]).toBe(tosses.get(String(image(train.values, index, n))));
    }
  });

  test('carries its probabilities as weights, with the exact entropy', () => {
    const data = barsAndStripes(4, { distribution: 'coin' });
    expect(empirical(data.train).probabilities).toEqual(data.probabilities);
    expect(entropy(data.train)).toBeCloseTo(data.entropy, 12);
    expect(data.entropy).toBeCloseTo(4.875 * Math.LN2, 14);
    expect(data.preparation).toEqual({ distribution: 'coin' });
  });
});

test.each([
  [() => barsAndStripes(1), 'ARGUMENT_INVALID'],
  [() => barsAndStripes(2.5), 'ARGUMENT_INVALID'],
  [() => barsAndStripes(Number.NaN), 'ARGUMENT_INVALID'],
  [() => barsAndStripes(17), 'SIZE_LIMIT'],
  [() => barsAndStripes(4, { distribution: 'uniform' as 'coin' }), 'ARGUMENT_INVALID'],
])('refuses %s', (work, code) => {
  expect(work).toThrow(expect.objectContaining({ code }));
});
