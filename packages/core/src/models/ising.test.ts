import { expect, test } from 'vitest';
import { normals } from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { generator } from '../random/generator.js';
import { energy } from './energy.js';
import { ising } from './ising.js';
import { parameter } from './model.js';

test('all spins up have the energy −J edges − Σ fields', () => {
  const model = ising({ shape: [4, 3], couplings: 0.5, fields: 0.25 });
  expect(energy(model, { visible: new Float64Array(12).fill(1) })[0]).toBeCloseTo(-0.5 * 24 - 0.25 * 12, 13);
  expect(model.kind).toBe('ising');
});

test.each([3, 5, 8])('log Z of a ring of %i spins is that of the transfer matrix', async (length) => {
  const [J, a] = [0.7, 0.3];
  const model = ising({ shape: [length], couplings: J, fields: a });
  // Eigenvalues of [[e^(J+a), e^−J], [e^−J, e^(J−a)]].
  const root = Math.sqrt(Math.exp(2 * J) * Math.sinh(a) ** 2 + Math.exp(-2 * J));
  const [large, small] = [1, -1].map((sign) => Math.exp(J) * Math.cosh(a) + sign * root) as [number, number];
  const { logPartition } = await enumerate(model);
  expect(logPartition).toBeCloseTo(Math.log(large ** length + small ** length), 12);
});

test('an open square of four spins, by hand', async () => {
  const J = 0.4;
  const { logPartition } = await enumerate(ising({ shape: [2, 2], periodic: false, couplings: J }));
  expect(logPartition).toBeCloseTo(Math.log(2 * Math.exp(4 * J) + 12 + 2 * Math.exp(-4 * J)), 13);
});

test('couplings and fields are numbers, lists or functions', () => {
  const random = generator(1);
  const glass = ising({
    shape: [3, 3],
    couplings: (edge) => random.normal(0, edge, 0, 0),
    fields: normals(2, 9),
  });
  expect(parameter(glass, 'couplings')).toEqual(Float64Array.from({ length: 18 }, (_, e) => random.normal(0, e, 0, 0)));
  expect(parameter(glass, 'visible.bias')).toEqual(normals(2, 9));
});

test('an even lattice has two colours', () => {
  const sizes = (shape: number[]): number[] => ising({ shape }).blocks.map(([part]) => part?.units?.length ?? 0);
  expect(sizes([4, 4])).toEqual([8, 8]);
  expect(sizes([5, 5]).length).toBeGreaterThan(2);
});
