import { bernoulli, type EnergyModel, enumerate, generator, klDivergence, RbmError, rbm } from '@rbm/core';
import { layerParametersLength } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { annealedImportanceSampling, gibbs } from '@rbm/samplers';
import { pcd, sgd, type TrainOptions, train } from '@rbm/train';
import * as gpu from 'gpu.js';
import { expect, test } from 'vitest';
import { gpujs } from './backend.js';

const data = barsAndStripes(4).train;
/** `npm run test:e2e` asks for everything. */
const everything = process.env.RBM_ALL_TESTS !== undefined;

function options(model: EnergyModel, seed: number, epochs: number): Omit<TrainOptions, 'backend'> {
  return {
    model,
    data,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd(),
    rate: { from: 0.2, to: 0 },
    batch: 30,
    epochs,
    every: epochs,
    random: generator(seed),
  };
}

const start = (seed: number): EnergyModel =>
  rbm({ visible: bernoulli(16), hidden: bernoulli(12), random: generator(seed), scale: 0.1 });

async function trained(mode: 'webasm' | 'cpu', seed: number, epochs: number): Promise<EnergyModel> {
  const backend = await gpujs({ gpu, mode });
  const model = start(seed);
  for await (const { step } of train({ ...options(model, seed, epochs), backend })) expect(step).toBe(epochs);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
  return model;
}

// On the reference backend twelve seeds came to 1.08 to 1.79 nats, from 3.62.
test.each(['webasm', 'cpu'] as const)('small bars and stripes are learned on %s', async (mode) => {
  const { train: small } = barsAndStripes(3);
  const model = rbm({ visible: bernoulli(9), hidden: bernoulli(8), random: generator(1), scale: 0.1 });
  const backend = await gpujs({ gpu, mode });
  const settings = { ...options(model, 1, 400), data: small, batch: 14, rate: { from: 1, to: 0 } };
  for await (const { step } of train({ ...settings, backend })) expect(step).toBe(400);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
  const { logPartition } = await enumerate(model);
  const divergence = klDivergence(model, small, logPartition);
  expect(divergence).toBeGreaterThan(0.95);
  expect(divergence).toBeLessThan(1.95);
});

// On the reference backend the median of 20 seeds was 0.71 nats (0.56 to 1.14).
const longTraining = async (): Promise<void> => {
  const divergences: number[] = [];
  for (const [mode, seed] of [
    ['webasm', 1],
    ['webasm', 2],
    ['webasm', 3],
    ['cpu', 4],
    ['cpu', 5],
  ] as const) {
    const model = await trained(mode, seed, 3000);
    const { logPartition } = await enumerate(model);
    divergences.push(klDivergence(model, data, logPartition));
  }
  divergences.sort((a, b) => a - b);
  expect(divergences[2]).toBeGreaterThan(0.55);
  expect(divergences[2]).toBeLessThan(1);
};
if (everything) test('bars and stripes are learned to the end at five seeds', { timeout: 300_000 }, longTraining);

test('a training that is aborted leaves no memory behind', async () => {
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const signal = new AbortController();
  const records = train({ ...options(start(1), 1, 1000), every: 10, backend, signal: signal.signal });
  let code = '';
  try {
    for await (const { step } of records) if (step === 50) signal.abort();
  } catch (error) {
    code = RbmError.isInstance(error) ? error.code : String(error);
  }
  expect(code).toBe('ABORTED');
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
});

test('annealing finds the partition function to within its own error', { timeout: 30_000 }, async () => {
  const model = await trained('webasm', 2, 300);
  const { logPartition } = await enumerate(model);
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const program = await backend.prepare(model);
  const base = model.parameters.slice().fill(0, layerParametersLength(model));
  const estimate = await annealedImportanceSampling({ program, base, random: generator(3), temperatures: 300 });
  expect(Math.abs(estimate.logPartition - logPartition)).toBeLessThan(4 * estimate.standardError);
  expect(estimate.standardError).toBeLessThan(0.1);
  program.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
});
