import { describe, expect, test } from 'vitest';
import { bits, codeOf, distance, normals } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { gaussian } from '../layers/gaussian.js';
import { potts } from '../layers/potts.js';
import { spin } from '../layers/spin.js';
import { energy } from './energy.js';
import { couplingMatrix, hopfield } from './hopfield.js';
import { parameter } from './model.js';
import { rbm } from './rbm.js';

const units = 6;

/** A symmetric matrix with a diagonal. */
function couplings(seed: number): Float64Array {
  const drawn = normals(seed, units * units);
  return drawn.map((_, n) => drawn[Math.min(n, transposed(n))] as number);
}

const transposed = (n: number): number => (n % units) * units + Math.floor(n / units);

describe.each([
  ['units 0 and 1', bernoulli(units, { bias: normals(1, units) }), (x: number): number => x],
  ['spins', spin(units, { bias: normals(1, units) }), (x: number): number => 2 * x - 1],
] as const)('%s', (_, visible, toState) => {
  const J = couplings(2);
  const model = hopfield({ visible, couplings: J });

  test('the energy is −Σ a x − ½ xᵀ J x, the diagonal included', () => {
    const a = normals(1, units);
    const values = bits(3, 8 * units).map(toState);
    const direct = Array.from({ length: 8 }, (_, row) => {
      const x = values.subarray(row * units, (row + 1) * units);
      let sum = 0;
      for (let i = 0; i < units; i++) {
        sum -= (a[i] as number) * (x[i] as number);
        for (let j = 0; j < units; j++) sum -= 0.5 * (x[i] as number) * (J[i * units + j] as number) * (x[j] as number);
      }
      return sum;
    });
    expect(distance(energy(model, { visible: values }), direct)).toBeLessThan(1e-12);
  });

  test('the matrix is given back without its diagonal', () => {
    expect([...couplingMatrix(model)]).toEqual([...J.map((w, n) => (n % (units + 1) === 0 ? 0 : w))]);
  });

  test('each unit is a block', () => {
    expect(model.kind).toBe('hopfield');
    expect(model.blocks.map((block) => block.map(({ units: part }) => [...(part ?? [])]))).toEqual(
      Array.from({ length: units }, (_, i) => [[i]]),
    );
  });
});

test('couplings start at zero', () => {
  const model = hopfield({ visible: bernoulli(4) });
  expect([...parameter(model, 'couplings')]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('one unit alone has no couplings', () => {
  expect(hopfield({ visible: spin(1), couplings: [2] })).toMatchObject({ interactions: [], constant: -1 });
});

test('units of several numbers have blocks of couplings', () => {
  const J = new Float64Array(36);
  for (let i = 0; i < 3; i++) {
    for (let j = 3; j < 6; j++) {
      J[i * 6 + j] = i * 10 + j;
      J[j * 6 + i] = i * 10 + j;
    }
  }
  const model = hopfield({ visible: potts(2, { categories: 3 }), couplings: J });
  expect(model.layout.arrays.at(-1)).toMatchObject({ name: 'couplings', shape: [1, 3, 3] });
  expect([...parameter(model, 'couplings')]).toEqual([3, 4, 5, 13, 14, 15, 23, 24, 25]);
  expect(couplingMatrix(model)).toEqual(J);
});

describe('refused:', () => {
  const crooked = couplings(1);
  crooked[1] = 7;
  test.each<[string, string, () => unknown]>([
    ['SHAPE_MISMATCH', 'another size', () => hopfield({ visible: spin(3), couplings: [1, 2] })],
    [
      'ARGUMENT_INVALID',
      'couplings that are not symmetric',
      () => hopfield({ visible: spin(units), couplings: crooked }),
    ],
    [
      'NOT_FINITE',
      'a coupling that is no number',
      () => hopfield({ visible: spin(2), couplings: [0, Number.NaN, Number.NaN, 0] }),
    ],
    [
      'ARGUMENT_INVALID',
      'real units that act on themselves',
      () => hopfield({ visible: gaussian(2), couplings: [1, 0, 0, 1] }),
    ],
    ['UNSUPPORTED', 'the matrix of two layers', () => couplingMatrix(rbm({ visible: spin(2), hidden: spin(2) }))],
  ])('%s for %s', async (code, _, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
