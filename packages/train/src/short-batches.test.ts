import {
  bernoulli,
  type EnergyModel,
  enumerate,
  exactGradient,
  generator,
  hopfield,
  potts,
  rbm,
  reference,
  type Samples,
} from '@rbm/core';
import type { Buffer, GradientEstimator, Optimizer } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs, temper } from '@rbm/samplers';
import { override, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { maximumPseudoLikelihood } from './maximum-pseudo-likelihood.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { tempered } from './tempered.js';
import { type TrainOptions, train } from './train.js';

const patterns = barsAndStripes(2).train;
/** Eleven samples, of which batches of 4 leave three. */
const data: Samples = {
  values: Uint8Array.from({ length: 44 }, (_, n) => patterns.values[(n * 3) % patterns.values.length] as number),
  count: 11,
  width: 4,
};
const weighted: Samples = { ...data, weights: Float64Array.from({ length: 11 }, (_, n) => 1 + (n % 3)) };
const machine = randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 5 });
const network = hopfield({
  visible: bernoulli(4, { bias: [0.3, -0.2, 0.1, 0] }),
  couplings: [0, 0.7, -0.4, 0.2, 0.7, 0, 0.9, -0.6, -0.4, 0.9, 0, 0.5, 0.2, -0.6, 0.5, 0],
});

const estimators: readonly (readonly [string, () => GradientEstimator, EnergyModel])[] = [
  ['cd', () => cd(), machine],
  ['cd with k = 3', () => cd({ k: 3 }), machine],
  ['cd of a network', () => cd(), network],
  ['pcd', () => pcd({ sampler: gibbs() }), machine],
  ['pcd with chains of its own', () => pcd({ sampler: gibbs(), chains: 7 }), machine],
  ['pcd that starts at data', () => pcd({ sampler: gibbs(), chains: 7, start: 'data' }), machine],
  ['tempered', () => tempered({ sampler: temper({ ladder: 3 }), chains: 3 }), machine],
  ['exact', () => exact(), machine],
  ['exact of a network', () => exact(), network],
  ['pseudo-likelihood', () => maximumPseudoLikelihood(), network],
];

/** An epoch at parameters that stay: gradients with the rows, and the share of the weights, of each batch. */
async function epochOf(estimator: GradientEstimator, model: EnergyModel, samples: Samples, batch: number) {
  const batches: { rows: number; chains: number; gradient: Float64Array; positive: Float64Array | undefined }[] = [];
  const backend = reference();
  const buffers: number[] = [];
  const watched: GradientEstimator = {
    ...estimator,
    bind(program, rows) {
      const estimation = estimator.bind(program, rows);
      return override(estimation, {
        estimate: async (given, state, random, options) => {
          const estimate = await estimation.estimate(given, state, random, options);
          const phases = await estimate.info.phases?.();
          batches.push({
            rows: given.rows,
            chains: estimate.info.chains?.chains ?? 0,
            gradient: await backend.read(estimate.gradient),
            positive: phases?.positive,
          });
          for (const buffer of given.visible) expect((buffer.spec as { rows: number }).rows).toBe(given.rows);
          if (given.weights) {
            const shares = await backend.read(given.weights as Buffer);
            expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          }
          buffers.push(backend.memory().buffers);
          return estimate;
        },
      });
    },
  };
  const still: Optimizer = { ...sgd(), update: () => {} };
  const options: TrainOptions = {
    model: { ...model, parameters: model.parameters.slice() },
    data: samples,
    backend,
    estimator: watched,
    optimizer: still,
    rate: 0.1,
    batch,
    epochs: 3,
    random: generator(1),
  };
  const records: number[] = [];
  for await (const { step, epoch } of train(options)) records.push(step, epoch);
  return { batches, buffers, records, memory: backend.memory() };
}

describe.each(estimators)('a short last batch, with %s', (_, estimator, model) => {
  it('ends each epoch, and allocates nothing after the first', async () => {
    const { batches, buffers, records, memory } = await epochOf(estimator(), model, data, 4);
    expect(batches.map(({ rows }) => rows)).toEqual([4, 4, 3, 4, 4, 3, 4, 4, 3]);
    expect(records).toEqual([3, 1, 6, 2, 9, 3]);
    expect(new Set(buffers.slice(3)).size).toBe(1);
    expect(new Set(batches.map(({ chains }) => chains)).size).toBe(1);
    expect(memory).toEqual(reference().memory());
  });

  it.each([
    ['', data],
    ['weighted ', weighted],
  ])('has the positive phase of its %ssamples: batches of an epoch add up to the data', async (_, samples) => {
    const { batches } = await epochOf(estimator(), model, samples, samples.weights ? 11 : 4);
    const { positive } = exactGradient(model, samples, await enumerate(model));
    for (let epoch = 0; epoch < 3; epoch++) {
      const own = samples.weights ? batches.slice(epoch, epoch + 1) : batches.slice(3 * epoch, 3 * epoch + 3);
      if (own.some((batch) => batch.positive === undefined)) return;
      positive.forEach((p, i) => {
        const sum = own.reduce((total, batch) => total + batch.rows * (batch.positive?.[i] as number), 0);
        expect(sum / 11).toBeCloseTo(p, 12);
      });
    }
  });
});

it.each([
  ['machine', machine, exact()],
  ['network', network, exact()],
] as const)(
  'exact gradients of the batches of an epoch add up to that of the data: %s',
  async (_, model, estimator) => {
    const { batches } = await epochOf(estimator, model, data, 4);
    const { gradient } = exactGradient(model, data, await enumerate(model));
    gradient.forEach((g, i) => {
      const sum = batches.slice(0, 3).reduce((total, batch) => total + batch.rows * (batch.gradient[i] as number), 0);
      expect(sum / 11).toBeCloseTo(g, 12);
    });
  },
);

it('the pseudo-likelihood of the batches of an epoch adds up to that of the data', async () => {
  const { batches } = await epochOf(maximumPseudoLikelihood(), network, data, 4);
  const whole = await epochOf(maximumPseudoLikelihood(), network, data, 11);
  whole.batches[0]?.gradient.forEach((g, i) => {
    const sum = batches.slice(0, 3).reduce((total, batch) => total + batch.rows * (batch.gradient[i] as number), 0);
    expect(sum / 11).toBeCloseTo(g, 12);
  });
});

it('categories too: a short batch of several layers has the gradient of its samples', async () => {
  const model = rbm({ visible: potts(2, { categories: 3 }), hidden: bernoulli(2), random: generator(4), scale: 1 });
  const values = Uint8Array.from({ length: 5 * 6 }, (_, n) => ((n % 6) % 3 === Math.floor(n / 6) % 3 ? 1 : 0));
  const samples = { values, count: 5, width: 6 };
  const { batches } = await epochOf(exact(), model, samples, 3);
  expect(batches.slice(0, 2).map(({ rows }) => rows)).toEqual([3, 2]);
  const { gradient } = exactGradient(model, samples, await enumerate(model));
  gradient.forEach((g, i) => {
    const sum = batches.slice(0, 2).reduce((total, batch) => total + batch.rows * (batch.gradient[i] as number), 0);
    expect(sum / 5).toBeCloseTo(g, 12);
  });
});
