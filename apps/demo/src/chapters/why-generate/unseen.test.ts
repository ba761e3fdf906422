import { reference } from '@rbm/core';
import { expect, test } from 'vitest';
import { type Comparison, compare, drawSeen, FEATURELESS, learn, PATTERNS } from './unseen.js';

async function lesson(count: number, seed: number): Promise<Comparison[]> {
  const reports: Comparison[] = [];
  for await (const report of learn(drawSeen(count, seed), reference(), seed)) reports.push(report);
  return reports;
}

const divergences = (reports: readonly Comparison[]): number[] => reports.map(({ divergence }) => divergence);

test('before anything is learned, every picture is as probable as any other', () => {
  const { model, divergence, counts, missing, empiricalDivergence } = compare(drawSeen(9, 1));
  expect(new Set(model)).toEqual(new Set([1 / 512]));
  expect(divergence).toBe(FEATURELESS);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(9);
  expect([missing > 0, empiricalDivergence]).toEqual([true, Number.POSITIVE_INFINITY]);
  expect(compare(drawSeen(2000, 1)).empiricalDivergence).toBeLessThan(0.02);
  expect(PATTERNS).toBe(14);
});

/** `npm run test:e2e` asks for everything. */
const seeds = process.env.RBM_ALL_TESTS === undefined ? [1] : [1, 2, 3];

test.each(seeds)('few observations are learned by heart, more of them teach something (%d)', async (seed) => {
  const few = divergences(await lesson(9, seed));
  const least = few.indexOf(Math.min(...few));
  expect(least).toBeLessThan(12);
  expect(few.at(-1)).toBeGreaterThan(Math.min(...few) + 2);
  const more = await lesson(20, seed);
  expect(more.at(-1)?.missing).toBeGreaterThan(0);
  expect(more.at(-1)?.divergence).toBeLessThan(FEATURELESS - 1);
});
