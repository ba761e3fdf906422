import { expect, it } from 'vitest';
import { fastest, measureInTurn } from './measure.js';
import type { Contestant, Timing } from './workload.js';

/** Gives the same timing again and again; notes what it is asked to do. */
function contestant(name: string, timing: Timing, log: string[] = []): Contestant {
  return {
    name,
    run: async (steps) => {
      log.push(`${name} ${steps}`);
      return { ...timing };
    },
    check: async () => ({}),
    close: async () => {},
  };
}

/** A clock that goes on by these amounts from one look to the next, again and again. */
function clock(amounts: readonly number[]): () => number {
  let looks = 0;
  let time = 0;
  return () => {
    time += amounts[looks++ % amounts.length] as number;
    return time;
  };
}

it('measures in turn, as many steps as fill the time', async () => {
  const log: string[] = [];
  const sides = [
    contestant('a', { wall: 10, processor: 5 }, log),
    contestant('b', { wall: 1000, processor: 1000 }, log),
  ];
  const { measurements } = await measureInTurn(sides, 2, () => 0);
  // A first and a second look at each; then round after round.
  expect(log.slice(4)).toEqual(['a 20', 'b 2', 'a 20', 'b 2']);
  expect(measurements.get('a')).toEqual(Array(2).fill({ wall: 10, processor: 5 }));
});

it('measures until enough rounds were quiet, but not for ever', async () => {
  const log: string[] = [];
  // Looks come in pairs. What all programs used beyond the 100 ms of ours is far more than nothing in two rounds of three.
  const sometimes = clock([0, 1e6, 0, 1e6, 0, 100]);
  const { foreignCores } = await measureInTurn([contestant('a', { wall: 100, processor: 50 }, log)], 2, sometimes);
  expect(log).toHaveLength(2 + 6);
  expect(foreignCores).toBe(0);
  const always = await measureInTurn([contestant('a', { wall: 100, processor: 50 }, log)], 2, clock([0, 1e6]));
  expect(log).toHaveLength(2 + 6 + 2 + 6);
  expect(always.measurements.get('a')).toHaveLength(2);
  expect(always.foreignCores).toBeGreaterThan(1);
});

it('does not wait for quiet where it cannot tell', async () => {
  const log: string[] = [];
  const side = contestant('a', { wall: 100, processor: Number.NaN }, log);
  const { foreignCores } = await measureInTurn([side], 2, clock([1e6]));
  expect(log).toHaveLength(2 + 2);
  expect(foreignCores).toBeNaN();
});

it('finds the fastest by the median', () => {
  const timing = (wall: number): { wall: number; processor: number } => ({ wall, processor: 10 - wall });
  const measured = new Map([
    ['slow', [1, 5, 6].map(timing)],
    ['fast', [4, 4, 9].map(timing)],
    ['other', [1, 1, 1].map(timing)],
  ]);
  const known = (name: string): boolean => name !== 'other';
  expect(fastest(measured, 'wall', known)).toEqual({ name: 'fast', samples: [4, 4, 9] });
  expect(fastest(measured, 'processor', known)?.name).toBe('slow');
  expect(fastest(measured, 'wall', () => false)).toBeUndefined();
});
