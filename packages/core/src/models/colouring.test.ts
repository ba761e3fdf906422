import { expect, test } from 'vitest';
import { generator } from '../random/generator.js';
import { colour } from './colouring.js';
import { latticeEdges } from './lattice.js';
import { allPairs } from './pairs.js';

function randomGraph(units: number, probability: number, seed: number): Uint32Array {
  const random = generator(seed);
  const pairs = allPairs(units);
  return pairs.filter((_, n) => random.bernoulli(probability, 0, Math.floor(n / 2), 0, 0) === 1);
}

const graphs: [string, units: number, edges: Uint32Array, colours: number][] = [
  ['no edges', 3, new Uint32Array(0), 1],
  ['an open square lattice', 12, latticeEdges([3, 4], false), 2],
  ['an even periodic lattice', 24, latticeEdges([4, 6]), 2],
  ['an even cube', 64, latticeEdges([4, 4, 4]), 2],
  ['an odd ring', 7, latticeEdges([7]), 3],
  ['two paths', 6, Uint32Array.of(0, 1, 1, 2, 3, 4, 4, 5), 2],
  ['all pairs', 6, allPairs(6), 6],
];

test.each(graphs)('%s', (_, units, edges, count) => {
  const colours = colour(units, edges);
  expect(new Set(colours).size).toBe(count);
  for (let e = 0; e < edges.length; e += 2) {
    expect(colours[edges[e] as number]).not.toBe(colours[edges[e + 1] as number]);
  }
});

test.each([0.05, 0.3, 0.8])('random graphs of density %d take at most one colour more than neighbours', (density) => {
  const edges = randomGraph(40, density, 3);
  const colours = colour(40, edges);
  const degrees = new Uint32Array(40);
  for (const unit of edges) degrees[unit] = (degrees[unit] as number) + 1;
  expect(Math.max(...colours)).toBeLessThanOrEqual(Math.max(...degrees));
  for (let e = 0; e < edges.length; e += 2) {
    expect(colours[edges[e] as number]).not.toBe(colours[edges[e + 1] as number]);
  }
});

test('an odd periodic lattice needs three colours, and gets no more than five', () => {
  const count = new Set(colour(25, latticeEdges([5, 5]))).size;
  expect(count).toBeGreaterThanOrEqual(3);
  expect(count).toBeLessThanOrEqual(5);
});
