import { expect, it } from 'vitest';
import { fastest, measureInTurn, undisturbed } from './measure.js';
import type { Contestant, Timing } from './workload.js';

/** Gives the same timings in turn, again and again; notes what it is asked to do. */
function contestant(name: string, timings: readonly Timing[], log: string[] = []): Contestant {
  let n = 0;
  return {
    name,
    run: async (steps) => {
      log.push(`${name} ${steps}`);
      return timings[n++ % timings.length] as Timing;
    },
    check: async () => ({}),
    close: async () => {},
  };
}

it('measures in turn, as many steps as fill the time', async () => {
  const log: string[] = [];
  const sides = [
    contestant('a', [{ wall: 10, processor: 5 }], log),
    contestant('b, 1 thread', [{ wall: 1000, processor: 1000 }], log),
  ];
  const measured = await measureInTurn(sides, 2);
  // A first and a second look at each; then round after round.
  expect(log.slice(4)).toEqual(['a 20', 'b, 1 thread 2', 'a 20', 'b, 1 thread 2']);
  expect(measured.get('a')).toEqual(Array(2).fill({ wall: 10, processor: 5 }));
});

it('keeps the quietest rounds', async () => {
  const busy = { wall: 400, processor: 100 };
  const less = { wall: 200, processor: 100 };
  const quiet = { wall: 100, processor: 100 };
  // Two looks, then rounds until there are two quiet ones.
  const soon = await measureInTurn([contestant('a, 1 thread', [busy, busy, busy, quiet, less, quiet])], 2);
  expect(soon.get('a, 1 thread')).toEqual([quiet, quiet]);
  expect(undisturbed(soon)).toBe(1);
  const log: string[] = [];
  const never = await measureInTurn(
    [contestant('a, 1 thread', [busy, busy, busy, less, busy, busy, busy, busy], log)],
    2,
  );
  expect(log).toHaveLength(2 + 6);
  expect(never.get('a, 1 thread')).toEqual([busy, less]);
});

it('does not wait for quiet where it cannot tell', async () => {
  const log: string[] = [];
  await measureInTurn([contestant('a', [{ wall: 100, processor: Number.NaN }], log)], 2);
  expect(log).toHaveLength(2 + 2);
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
