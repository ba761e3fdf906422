import { expect, it } from 'vitest';
import { fastest, measureInTurn, undisturbed } from './measure.js';
import type { Contestant } from './workload.js';

function contestant(name: string, wall: number, log: string[]): Contestant {
  return {
    name,
    run: async (steps) => {
      log.push(`${name} ${steps}`);
      return { wall, processor: wall / 2 };
    },
    check: async () => ({}),
    close: async () => {},
  };
}

it('measures in turn, as many steps as fill the time', async () => {
  const log: string[] = [];
  const sides = [contestant('a', 10, log), contestant('b, 1 thread', 1000, log)];
  const measured = await measureInTurn(sides, 2);
  // A first and a second look at each; then repetition after repetition.
  expect(log.slice(4)).toEqual(['a 20', 'b, 1 thread 2', 'a 20', 'b, 1 thread 2']);
  expect(measured.get('a')).toEqual(Array(2).fill({ wall: 10, processor: 5 }));
  expect(undisturbed(measured)).toBe(0.5);
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
