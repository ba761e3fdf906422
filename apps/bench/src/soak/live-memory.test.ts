import { expect, it } from 'vitest';
import { growthOf, judgeMemory } from './live-memory.js';

/** Looks at memory that grows by so many bytes a minute, with some noise. */
function looks(slope: number, noise = 0): { minutes: number; bytes: number; workers: number }[] {
  return [0, 1, 2, 3, 4, 5].map((minutes) => ({
    minutes,
    bytes: 5e6 + slope * minutes + (minutes % 2 === 0 ? noise : -noise),
    workers: 0,
  }));
}

it('growth is the slope over time, with its standard error', () => {
  expect(growthOf(looks(2000)).slope).toBeCloseTo(2000, 6);
  expect(growthOf(looks(2000)).standardError).toBeCloseTo(0, 6);
  // By hand: of ±1 at six times, the slope is −6/35, and the sum of squares left is 6 − 36/70.
  const { slope, standardError } = growthOf(looks(0, 1));
  expect(slope).toBeCloseTo(-3 / 17.5, 12);
  expect(standardError).toBeCloseTo(Math.sqrt((6 - 9 / 17.5) / 4 / 17.5), 12);
  expect(growthOf(looks(1).slice(0, 1)).slope).toBe(0);
});

it('growth is a leak above 1 MB in ten minutes, and a fall is none', () => {
  expect(judgeMemory(looks(99e3))).toEqual({ sound: true, text: '+0.99 ± 0.00 MB in ten minutes' });
  expect(judgeMemory(looks(101e3))).toEqual({ sound: false, text: '+1.01 ± 0.00 MB in ten minutes (A LEAK)' });
  expect(judgeMemory(looks(-5e5))).toEqual({
    sound: true,
    text: '−5.00 ± 0.00 MB in ten minutes (a fall, which is no leak)',
  });
});
