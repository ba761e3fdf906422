import { expect, it } from 'vitest';
import { growthOf } from './live-memory.js';

it('growth is the slope over time', () => {
  const looks = [0, 1, 2, 4].map((minutes) => ({ minutes, bytes: 5e6 + 2000 * minutes, workers: 0 }));
  expect(growthOf(looks)).toBeCloseTo(2000, 6);
  expect(growthOf(looks.slice(0, 1))).toBe(0);
});
