import { describe, expect, test } from 'vitest';
import { bits, distance, normals } from '../exact/brute-force.testing.js';
import { addEnergy, addInputsBackward, addInputsForward, addStatistics } from './dense.js';
import { Workspace } from './workspace.js';

const rows = 5;
/** One workspace for all sizes: nothing of an earlier call may show. */
const workspace = new Workspace();

const sizes: [a: number, b: number][] = [
  [13, 7],
  [7, 13],
  [1, 1],
  [2, 5],
  [5, 2],
  [4, 4],
  [3, 8],
  [8, 3],
];

describe.each(sizes)('%d × %d units', (a, b) => {
  const weights = normals(1, a * b);
  const scale = normals(2, rows);
  const kinds: [string, (seed: number, count: number) => Float64Array][] = [
    ['states', bits],
    ['grey levels', (seed, count) => normals(seed, count)],
    ['some of both', (seed, count) => normals(seed, count).map((x, n) => (n % 3 === 0 ? 0 : x))],
    ['nothing', (_, count) => new Float64Array(count)],
  ];

  test.each(kinds)('inputs, energies and statistics of %s are the double loops', (_, make) => {
    const [x, y] = [make(3, rows * a), make(4, rows * b)];
    const forward = normals(5, rows * b);
    const backward = normals(6, rows * a);
    const energies = normals(7, rows);
    const statistics = normals(8, a * b);
    const expected = [forward, backward, energies, statistics].map((array) => array.slice());
    const add = (target: number, index: number, term: number): void => {
      const array = expected[target] as Float64Array;
      array[index] = (array[index] as number) + term;
    };
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < a; i++) {
        for (let j = 0; j < b; j++) {
          const [xi, yj] = [x[row * a + i] as number, y[row * b + j] as number];
          const w = weights[i * b + j] as number;
          add(0, row * b + j, xi * w);
          add(1, row * a + i, w * yj);
          add(2, row, -0.7 * xi * w * yj);
          add(3, i * b + j, (scale[row] as number) * xi * yj);
        }
      }
    }
    addInputsForward(weights, a, b, x, forward, workspace);
    addInputsBackward(weights, a, b, y, backward, workspace);
    addEnergy(weights, a, b, x, y, 0.7, energies);
    addStatistics(a, b, x, y, scale, statistics);
    [forward, backward, energies, statistics].forEach((array, n) => {
      expect(distance(array, expected[n] as Float64Array)).toBeLessThan(1e-13);
    });
  });
});

test('a row has the same bits whatever rows stand beside it', () => {
  const [a, b] = [9, 6];
  const weights = normals(1, a * b);
  const x = bits(2, rows * a);
  const together = new Float64Array(rows * b);
  addInputsForward(weights, a, b, x, together, workspace);
  for (let row = 0; row < rows; row++) {
    const alone = new Float64Array(b);
    addInputsForward(weights, a, b, x.slice(row * a, (row + 1) * a), alone, workspace);
    expect(alone).toEqual(together.slice(row * b, (row + 1) * b));
  }
});
