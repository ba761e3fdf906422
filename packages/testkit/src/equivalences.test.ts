import {
  bernoulli,
  binomial,
  type EnergyModel,
  energy,
  enumerate,
  freeEnergy,
  gaussian,
  generator,
  logSumExp,
  parameter,
  potts,
  rbm,
  spin,
} from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { jointDistribution } from './joint.js';

/** The same model in other variables: what has to agree, by enumeration. */

const [D, N] = [3, 2];

function normals(label: string, length: number): number[] {
  const random = generator(11).fork(label);
  return Array.from({ length }, (_, i) => random.normal(0, i, 0, 0));
}

function bias(model: EnergyModel, layer: string): Float64Array {
  return parameter(model, `${layer}.bias`);
}

function close(found: ArrayLike<number>, wanted: ArrayLike<number>, digits = 12): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(wanted[i] as number, digits);
}

const binary = rbm({
  visible: bernoulli(D, { bias: normals('a', D) }),
  hidden: bernoulli(N, { bias: normals('b', N) }),
  weights: normals('w', D * N),
});
const a = Array.from(bias(binary, 'visible'));
const b = Array.from(bias(binary, 'hidden'));
const w = Array.from(parameter(binary, 'weights'));
const weight = (i: number, j: number): number => w[i * N + j] as number;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
const visibles = Array.from({ length: D }, (_, i) => i);
const hiddens = Array.from({ length: N }, (_, j) => j);

describe('{0, 1} and ±1', () => {
  // x = (1 + s) / 2 in E = −a x − b h − x w h.
  const spins = rbm({
    visible: spin(D, { bias: visibles.map((i) => (a[i] as number) / 2 + sum(hiddens.map((j) => weight(i, j))) / 4) }),
    hidden: spin(N, { bias: hiddens.map((j) => (b[j] as number) / 2 + sum(visibles.map((i) => weight(i, j))) / 4) }),
    weights: w.map((x) => x / 4),
  });
  const constant = -sum(a) / 2 - sum(b) / 2 - sum(w) / 4;
  const zeros = jointDistribution(binary, 64);
  const ones = jointDistribution(spins, 64);

  it('have energies that differ by a constant, state by state', () => {
    zeros.values.forEach((values, l) => {
      close(
        values.map((x) => 2 * x - 1),
        ones.values[l] as Float64Array,
      );
    });
    const energies = (model: EnergyModel, [visible, hidden]: readonly Float64Array[]): Float64Array =>
      energy(model, { visible: visible as Float64Array, hidden: hidden as Float64Array });
    close(
      energies(binary, zeros.values),
      energies(spins, ones.values).map((e) => e + constant),
    );
  });

  it('have the same distribution, and log Z apart by that constant', async () => {
    close(zeros.probabilities, ones.probabilities);
    const [first, second] = await Promise.all([enumerate(binary), enumerate(spins)]);
    expect(first.logPartition).toBeCloseTo(second.logPartition - constant, 12);
    for (const layer of ['visible', 'hidden']) {
      close(
        (first.means[layer] as Float64Array).map((m) => 2 * m - 1),
        second.means[layer] as Float64Array,
      );
    }
  });
});

describe('binomial units and tied Bernoulli copies', () => {
  it.each([1, 2, 3])('have the same marginal of the sum: %i trials', async (trials) => {
    const counted = rbm({ visible: binomial(D, { trials, bias: a }), hidden: bernoulli(N, { bias: b }), weights: w });
    // Unit i is the sum of copies i · trials and following.
    const copies = Array.from({ length: D * trials }, (_, c) => Math.floor(c / trials));
    const tied = rbm({
      visible: bernoulli(D * trials, { bias: copies.map((i) => a[i] as number) }),
      hidden: bernoulli(N, { bias: b }),
      weights: copies.flatMap((i) => hiddens.map((j) => weight(i, j))),
    });
    const gathered = new Map<string, number>();
    const joint = jointDistribution(tied, 2 ** 12);
    const [visible, hidden] = joint.values as [Float64Array, Float64Array];
    joint.probabilities.forEach((p, row) => {
      const sums = visibles.map((i) =>
        sum(copies.map((of, c) => (of === i ? (visible[row * copies.length + c] as number) : 0))),
      );
      const key = [...sums, ...hidden.subarray(row * N, (row + 1) * N)].join();
      gathered.set(key, (gathered.get(key) ?? 0) + p);
    });
    const own = jointDistribution(counted, 2 ** 12);
    const [counts, states] = own.values as [Float64Array, Float64Array];
    own.probabilities.forEach((p, row) => {
      const key = [...counts.subarray(row * D, (row + 1) * D), ...states.subarray(row * N, (row + 1) * N)].join();
      expect(p).toBeCloseTo(gathered.get(key) as number, 12);
    });
    expect(gathered.size).toBe(own.count);
    expect((await enumerate(counted)).logPartition).toBeCloseTo((await enumerate(tied)).logPartition, 12);
  });
});

describe('Potts units of two categories and Bernoulli units', () => {
  it('have the same distribution and log Z, in any gauge', async () => {
    const gauge = normals('gauge', D);
    const coupled = normals('coupled gauge', D * N);
    // Category 1 stands for x = 1; what both categories have in common is gauge.
    const categorical = rbm({
      visible: potts(D, { categories: 2, bias: visibles.flatMap((i) => [0, a[i] as number]) }),
      hidden: bernoulli(N, { bias: b }),
      weights: visibles.flatMap((i) => [...hiddens.map(() => 0), ...hiddens.map((j) => weight(i, j))]),
    });
    const moved = rbm({
      visible: potts(D, {
        categories: 2,
        bias: visibles.flatMap((i) => [gauge[i] as number, (a[i] as number) + (gauge[i] as number)]),
      }),
      hidden: bernoulli(N, {
        bias: hiddens.map((j) => (b[j] as number) - sum(visibles.map((i) => coupled[i * N + j] as number))),
      }),
      weights: visibles.flatMap((i) => [
        ...hiddens.map((j) => coupled[i * N + j] as number),
        ...hiddens.map((j) => weight(i, j) + (coupled[i * N + j] as number)),
      ]),
    });
    const wanted = jointDistribution(binary, 64);
    for (const [model, shift] of [
      [categorical, 0],
      [moved, sum(gauge)],
    ] as const) {
      const found = jointDistribution(model, 64);
      close(
        (found.values[0] as Float64Array).filter((_, n) => n % 2 === 1),
        wanted.values[0] as Float64Array,
      );
      close(found.probabilities, wanted.probabilities);
      expect((await enumerate(model)).logPartition).toBeCloseTo(wanted.logPartition + shift, 12);
    }
  });
});

describe('Gaussian hidden units and a Boltzmann machine', () => {
  // Hubbard and Stratonovich: J = w wᵀ, and (n/2) log 2π from the hidden units.
  const model = rbm({ visible: spin(D, { bias: a }), hidden: gaussian(N), weights: w });
  const states = Array.from({ length: 2 ** D }, (_, n) => visibles.map((i) => ((n >> i) & 1 ? 1 : -1)));
  const couplings = (i: number, k: number): number => sum(hiddens.map((j) => weight(i, j) * weight(k, j)));
  const boltzmann = states.map(
    (x) =>
      -sum(visibles.map((i) => (a[i] as number) * (x[i] as number))) -
      sum(visibles.flatMap((i) => visibles.map((k) => (x[i] as number) * couplings(i, k) * (x[k] as number)))) / 2,
  );
  const constant = (N / 2) * Math.log(2 * Math.PI);

  it('have the same log Z up to the constant of the integral', async () => {
    const wanted = logSumExp(boltzmann.map((e) => -e)) + constant;
    expect((await enumerate(model)).logPartition).toBeCloseTo(wanted, 12);
  });

  it('have the same energy once the hidden units are integrated out', () => {
    close(
      freeEnergy(model, Float64Array.from(states.flat())),
      boltzmann.map((e) => e - constant),
    );
  });
});
