import { expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { latticeEdges } from './lattice.js';

test('a site is joined to the next one along each dimension', () => {
  expect([...latticeEdges([2, 3], false)]).toEqual([0, 3, 0, 1, 1, 4, 1, 2, 2, 5, 3, 4, 4, 5]);
  expect([...latticeEdges([3])]).toEqual([0, 1, 1, 2, 2, 0]);
});

test.each<[number[], boolean | boolean[], number]>([
  [[32, 32], true, 2048],
  [[5, 5, 5], true, 375],
  [[4, 3], [true, false], 4 * 2 + 4 * 3],
  [[2, 2, 2], false, 12],
  [[1, 4], true, 4],
  [[1], true, 0],
])('%j, periodic %j, has %i edges', (shape, periodic, edges) => {
  expect(latticeEdges(shape, periodic)).toHaveLength(2 * edges);
});

test.each<[number[], boolean | boolean[]]>([
  [[2, 4], true],
  [
    [2, 4],
    [true, false],
  ],
  [[0], true],
  [[2.5], false],
  [[4, 4], [true]],
])('%j, periodic %j, is refused', async (shape, periodic) => {
  expect(await codeOf(() => latticeEdges(shape, periodic))).toBe('ARGUMENT_INVALID');
});
