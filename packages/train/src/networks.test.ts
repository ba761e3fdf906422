import {
  bernoulli,
  boltzmannMachine,
  cost,
  type EnergyModel,
  enumerate,
  exactGradient,
  generator,
  hopfield,
  ising,
  reference,
  type Samples,
  spin,
  visibleDistribution,
} from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { describe, expect, it } from 'vitest';
import { gradients, largestDeviation } from './estimators.testing.js';
import { cd, exact, maximumPseudoLikelihood, pcd, sgd, train } from './index.js';

/** Models whose visible units act on each other: Boltzmann machines without, and with, hidden units. */

function randomised(model: EnergyModel, seed: number, scale = 0.7): EnergyModel {
  const random = generator(seed);
  for (let i = 0; i < model.parameters.length; i++) model.parameters[i] = scale * random.normal(0, i, 0, 0);
  return model;
}

const edges = [0, 1, 1, 2, 0, 4, 1, 4, 2, 5, 3, 5];
const models: [string, EnergyModel][] = [
  ['a Hopfield network', randomised(hopfield({ visible: bernoulli(4) }), 1)],
  ['an odd ring of spins', randomised(ising({ shape: [5] }), 2)],
  [
    'a graph with hidden units',
    randomised(boltzmannMachine({ visible: bernoulli(4), hidden: bernoulli(2), edges }), 3),
  ],
];

/** Five samples, not all of them likely. */
function samplesOf(model: EnergyModel): Samples {
  const [layer] = model.layers as [Layer];
  const random = generator(4);
  const values = new Float64Array(5 * layer.units);
  for (let n = 0; n < values.length; n++) layer.state(random.bernoulli(0.4, 0, n, 0, 0), values, n);
  return { values, count: 5, width: layer.units };
}

describe.each(models)('%s', (_, model) => {
  const data = samplesOf(model);
  const truth = async (): Promise<Float64Array> => exactGradient(model, data, await enumerate(model)).gradient;

  it('has an exact gradient', async () => {
    const [gradient] = (await gradients(model, data, exact(), 1)) as [Float64Array];
    (await truth()).forEach((g, i) => {
      expect(gradient[i]).toBeCloseTo(g, 12);
    });
  });

  it('has the gradient that persistent chains find', async () => {
    const found = await gradients(model, data, pcd({ sampler: gibbs(), chains: 20 }), 4000, generator(1), 100);
    expect(largestDeviation(found, await truth())).toBeLessThan(5);
  });

  it('has the gradient that many sweeps from the data find', async () => {
    const found = await gradients(model, data, cd({ k: 30 }), 3000, generator(2));
    expect(largestDeviation(found, await truth())).toBeLessThan(5);
  });
});

it('one sweep from the data finds another gradient', async () => {
  const [, model] = models[0] as [string, EnergyModel];
  const data = samplesOf(model);
  const { gradient } = exactGradient(model, data, await enumerate(model));
  expect(largestDeviation(await gradients(model, data, cd(), 3000, generator(2)), gradient)).toBeGreaterThan(8);
});

it('chains of units that act on each other do not start from grey levels', async () => {
  const grey = { values: Float32Array.of(0.5, 0, 1, 1), count: 1, width: 4 };
  await expect(gradients(hopfield({ visible: bernoulli(4) }), grey, cd(), 1)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
  });
});

describe('a Boltzmann machine without hidden units', () => {
  const truth = randomised(hopfield({ visible: spin(5) }), 5, 0.5);

  it.each([
    ['the exact gradient', exact(), 0.5, 1e-5],
    ['the pseudo-likelihood', maximumPseudoLikelihood(), 0.5, 1e-5],
    ['persistent chains', pcd({ sampler: gibbs(), chains: 500 }), 0.2, 0.15],
  ] as const)('recovers the couplings that made the data by %s', async (_, estimator, rate, tolerance) => {
    const { states, probabilities, count } = visibleDistribution(truth);
    const data = { values: states, count, width: 5, weights: probabilities };
    const options = { data, backend: reference(), estimator, optimizer: sgd(), random: generator(6), batch: count };
    const model = hopfield({ visible: spin(5) });
    const found = { ...model, parameters: model.parameters };
    for await (const record of train({ ...options, model, rate, epochs: 400, every: 400 })) {
      found.parameters = (await record.snapshot()).parameters;
    }
    found.parameters.forEach((p, i) => {
      expect(Math.abs(p - (truth.parameters[i] as number))).toBeLessThan(tolerance);
    });
    const { logPartition } = await enumerate(found);
    const least = cost(truth, data, (await enumerate(truth)).logPartition);
    expect(cost(found, data, logPartition) - least).toBeLessThan(tolerance);
  });
});
