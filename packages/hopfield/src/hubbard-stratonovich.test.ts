import {
  bernoulli,
  couplingMatrix,
  type EnergyModel,
  energy,
  enumerate,
  gaussian,
  generator,
  hopfield,
  ising,
  logLikelihood,
  parameter,
  potts,
  rbm,
  reference,
  spin,
  visibleDistribution,
} from '@rbm/core';
import { gibbs, sample } from '@rbm/samplers';
import { totalVariation, totalVariationNoise } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { toGaussianHidden, toHopfield } from './hubbard-stratonovich.js';

function randomised(model: EnergyModel, seed: number, scale = 0.7): EnergyModel {
  const random = generator(seed);
  for (const { name, offset, length } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      const x = random.normal(0, i, 0, 0);
      model.parameters[i] = name.endsWith('precision') ? 0.5 + x * x : scale * x;
    }
  }
  return model;
}

const networks: [string, EnergyModel][] = [
  ['units 0 and 1', randomised(hopfield({ visible: bernoulli(8) }), 1)],
  ['spins', { ...randomised(hopfield({ visible: spin(8) }), 2), constant: 1.5 }],
  ['a lattice', randomised(ising({ shape: [3, 3] }), 3)],
];

describe.each(networks)('the Gaussian-hidden form of a network of %s', (_, network) => {
  const { model, shift, offDiagonalError, largestEnergyChange, largestEnergyChangeIs } = toGaussianHidden(network);

  it('has its probabilities, and its log Z plus (n_h/2) log 2π', async () => {
    const [own, other] = [visibleDistribution(network), visibleDistribution(model)];
    own.probabilities.forEach((p, n) => {
      expect(Math.abs(p - (other.probabilities[n] as number))).toBeLessThan(1e-10);
    });
    const hidden = model.layers[1]?.units as number;
    const [a, b] = [await enumerate(network), await enumerate(model)];
    expect(Math.abs(b.logPartition - a.logPartition - (hidden / 2) * Math.log(2 * Math.PI))).toBeLessThan(1e-10);
  });

  it('needs a shift, since couplings without a diagonal are never positive semidefinite', () => {
    expect(shift).toBeGreaterThan(0);
    expect(model.layers[1]?.units).toBeLessThan(network.layers[0]?.units as number);
    expect(offDiagonalError).toBeLessThan(1e-12);
    expect(largestEnergyChange).toBeLessThan(1e-11);
    expect(largestEnergyChangeIs).toBe('exact');
  });

  it('leads back to the network', async () => {
    const back = toHopfield(model);
    couplingMatrix(back).forEach((J, at) => {
      expect(J).toBeCloseTo(couplingMatrix(network)[at] as number, 11);
    });
    const { states } = visibleDistribution(network);
    const [a, b] = [network, back].map((each) => energy(each, { visible: states })) as [Float64Array, Float64Array];
    const constant = (b[0] as number) - (a[0] as number);
    a.forEach((e, n) => {
      expect((b[n] as number) - e).toBeCloseTo(constant, 10);
    });
    expect((await enumerate(back)).logPartition).toBeCloseTo((await enumerate(model)).logPartition, 10);
  });

  it('of a lower rank says how much energies change, and keeps the diagonal right', () => {
    const low = toGaussianHidden(network, { rank: 3 });
    expect(low.model.layers[1]?.units).toBe(3);
    expect(low.offDiagonalError).toBeGreaterThan(0.01);
    const { states } = visibleDistribution(network);
    const wanted = energy(network, { visible: states });
    const found = energy(toHopfield(low.model), { visible: states });
    const offset = (3 / 2) * Math.log(2 * Math.PI);
    const changes = found.map((e, n) => Math.abs(e + offset - (wanted[n] as number)));
    expect(Math.max(...changes)).toBeCloseTo(low.largestEnergyChange, 10);
  });
});

it('chains of both forms, started from the one distribution, stay in it', async () => {
  const network = randomised(hopfield({ visible: spin(5) }), 4);
  const { states, probabilities, count } = visibleDistribution(network);
  const index = new Map(Array.from({ length: count }, (_, n) => [states.slice(n * 5, n * 5 + 5).join(), n]));
  const chains = 8000;
  const draws = generator(5);
  const start = new Float64Array(5 * chains);
  for (let n = 0; n < chains; n++) {
    const state = draws.categorical(probabilities, 0, count, n, 0, 0, 0);
    start.set(states.subarray(state * 5, state * 5 + 5), n * 5);
  }
  const noise = totalVariationNoise(probabilities, chains);
  for (const model of [network, toGaussianHidden(network).model]) {
    for (const burnIn of [1, 4]) {
      const options = { model, backend: reference(), sampler: gibbs(), random: generator(6), count: chains, burnIn };
      const { values } = await sample({ ...options, start: { visible: start } });
      expect(values).not.toEqual(start);
      const frequencies = new Float64Array(count);
      for (let n = 0; n < chains; n++) {
        const at = index.get(values.slice(n * 5, n * 5 + 5).join()) as number;
        frequencies[at] = (frequencies[at] as number) + 1 / chains;
      }
      expect(totalVariation(frequencies, probabilities)).toBeLessThan(noise.mean + 5 * noise.standardDeviation);
    }
  }
});

describe('an RBM with Gaussian hidden units', () => {
  it.each<[string, EnergyModel]>([
    ['bernoulli', randomised(rbm({ visible: bernoulli(6), hidden: gaussian(3) }), 6)],
    ['spin', randomised(rbm({ visible: spin(6), hidden: gaussian(2) }), 7)],
    ['Potts', randomised(rbm({ visible: potts(4, { categories: 3 }), hidden: gaussian(2) }), 8)],
  ])('of %s units is a network once they are integrated out', async (_, model) => {
    const network = toHopfield({ ...model, constant: 0.75 });
    const { states } = visibleDistribution(model);
    const { logPartition } = await enumerate({ ...model, constant: 0.75 });
    expect((await enumerate(network)).logPartition).toBeCloseTo(logPartition, 10);
    const wanted = logLikelihood({ ...model, constant: 0.75 }, states, logPartition);
    logLikelihood(network, states, logPartition).forEach((log, n) => {
      expect(log).toBeCloseTo(wanted[n] as number, 10);
    });
  });
});

it('a large network has a bound in place of the exact change', () => {
  const network = randomised(hopfield({ visible: spin(20) }), 9);
  expect(toGaussianHidden(network, { rank: 5 })).toMatchObject({ largestEnergyChangeIs: 'bound' });
  expect(parameter(toGaussianHidden(network).model, 'weights')).toHaveLength(20 * 19);
});

it('a network without couplings still unfolds', async () => {
  const free = hopfield({ visible: spin(3, { bias: [1, 0, -1] }) });
  const { probabilities } = visibleDistribution(toGaussianHidden(free).model);
  visibleDistribution(free).probabilities.forEach((p, n) => {
    expect(p).toBeCloseTo(probabilities[n] as number, 12);
  });
});

it.each<[string, string, () => unknown]>([
  ['UNSUPPORTED', 'unfolding an RBM', () => toGaussianHidden(rbm({ visible: spin(2), hidden: spin(2) }))],
  ['UNSUPPORTED', 'unfolding Potts units', () => toGaussianHidden(hopfield({ visible: potts(2, { categories: 2 }) }))],
  ['ARGUMENT_INVALID', 'no rank', () => toGaussianHidden(hopfield({ visible: spin(2) }), { rank: 0 })],
  ['UNSUPPORTED', 'folding binary hidden units', () => toHopfield(rbm({ visible: spin(2), hidden: bernoulli(2) }))],
  ['UNSUPPORTED', 'folding a network', () => toHopfield(hopfield({ visible: spin(2) }))],
])('%s for %s', (code, _, work) => {
  expect(work).toThrow(expect.objectContaining({ code }));
});
