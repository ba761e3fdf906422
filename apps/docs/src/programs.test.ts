import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bernoulli,
  condition,
  type EnergyModel,
  enumerate,
  exactGradient,
  generator,
  klDivergence,
  logSumExp,
  parameter,
  rbm,
  reference,
  sampleWidth,
  visibleDistribution,
} from '@rbm/core';
import { type Buffer, layerParametersLength, type Position } from '@rbm/core/contracts';
import { encodeNpy } from '@rbm/formats';
import { gibbs } from '@rbm/samplers';
import { backendSuite, modelSuite, randomDeepBoltzmannMachine, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { annealingBetweenModels } from './programs/annealing-between-models.js';
import { conditionalSamples } from './programs/conditional-samples.js';
import { deepPositivePhase } from './programs/deep-positive-phase.js';
import { DenseBackend } from './programs/device.js';
import { gatedModel } from './programs/gated-model.js';
import { largerThanMemory } from './programs/larger-than-memory.js';
import { missingValues } from './programs/missing-values.js';
import { parallelTempering } from './programs/parallel-tempering.js';
import { persistentChains } from './programs/persistent-chains.js';
import { exchangeWithReservoir } from './programs/reservoir.js';
import { temperedMetropolis } from './programs/tempered-metropolis.js';

/** The probability that each visible unit is 1. */
function visibleMeans(model: EnergyModel): number[] {
  const { states, probabilities, count } = visibleDistribution(model);
  const width = sampleWidth(model);
  return Array.from({ length: width }, (_, i) => {
    let mean = 0;
    for (let s = 0; s < count; s++) mean += (probabilities[s] as number) * (states[s * width + i] as number);
    return mean;
  });
}

/** Exact samples of the visible units. */
function exactVisible(model: EnergyModel, chains: number, seed: number): Float64Array {
  const { states, probabilities, count } = visibleDistribution(model);
  const width = sampleWidth(model);
  const out = new Float64Array(chains * width);
  // Of its own: chains that start here draw from the same seed.
  const random = generator(seed).fork('exact');
  for (let chain = 0; chain < chains; chain++) {
    const state = random.categorical(probabilities, 0, count, chain, 0, 0, 0);
    out.set(states.subarray(state * width, (state + 1) * width), chain * width);
  }
  return out;
}

const exactStart = (model: EnergyModel, chains: number, seed: number): Position => ({
  chains,
  values: { visible: exactVisible(model, chains, seed) },
});

/** Fails unless the means of `rows` rows are within 4.5 standard errors of exact ones. */
function expectMeans(samples: Float64Array, wanted: readonly number[]): void {
  const rows = samples.length / wanted.length;
  wanted.forEach((p, i) => {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += (samples[row * wanted.length + i] as number) / rows;
    expect(Math.abs(mean - p), `unit ${i}`).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / rows));
  });
}

it('persistent chains learn a distribution', async () => {
  const backend = reference();
  const model = rbm({ visible: bernoulli(3), hidden: bernoulli(4), random: generator(1), scale: 0.1 });
  const program = await backend.prepare(model);
  const values = Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1);
  const before = backend.memory();
  await persistentChains(program, { values, count: 6 }, generator(2), {
    steps: 3000,
    batch: 3,
    chains: 40,
    rate: 0.05,
  });
  expect(backend.memory()).toEqual(before);
  const learned = { ...model, parameters: await backend.read(program.parameters) };
  const data = { values, count: 6, width: 3 };
  expect(klDivergence(learned, data, (await enumerate(learned)).logPartition)).toBeLessThan(0.1);
});

it('conditional samples have a mask of their own in each row', async () => {
  const model = randomRbm({ visible: 4, hidden: 3, scale: 1.5, seed: 3 });
  const program = await reference().prepare(model);
  const rows = 6000;
  // Rows by turns: the first unit 1; the second 0 and the last 1; nothing.
  const kinds = [
    [1, 0, 0, 0],
    [0, 1, 0, 1],
    [0, 0, 0, 0],
  ];
  const fixed = [1, 0, 0, 1];
  const known = Uint8Array.from({ length: 4 * rows }, (_, n) => kinds[Math.floor(n / 4) % 3]?.[n % 4] as number);
  const values = Float64Array.from(known, (k, n) => k * (fixed[n % 4] as number));
  const samples = await conditionalSamples(program, values, known, rows, generator(4), 30);
  kinds.forEach((mask, kind) => {
    const clamped = condition(model, mask, Float64Array.from(fixed));
    const own = Array.from({ length: rows / 3 }, (_, n) =>
      samples.subarray(4 * (3 * n + kind), 4 * (3 * n + kind + 1)),
    );
    const free = [0, 1, 2, 3].filter((unit) => mask[unit] === 0);
    expect(own.every((row) => row.every((x, unit) => mask[unit] === 0 || x === fixed[unit]))).toBe(true);
    expectMeans(
      Float64Array.from(own.flatMap((row) => free.map((unit) => row[unit] as number))),
      visibleMeans(clamped),
    );
  });
});

it('missing values: the gradient of complete data for many sweeps is the exact one', async () => {
  const model = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 5 });
  const program = await reference().prepare(model);
  const rows = 20_000;
  const values = Float64Array.from({ length: 3 * rows }, (_, n) => (n % 3 === 0 ? 1 : 0));
  const known = Uint8Array.from({ length: 3 * rows }, (_, n) => (n % 3 === 0 ? 1 : 0));
  const weights = new Float64Array(rows).fill(1 / rows);
  const gradient = await missingValues(program, { values, known, weights }, generator(6), 25);
  // Positive phase: the model given that its first unit is 1; negative phase: the model.
  const { states, probabilities, count } = visibleDistribution(model);
  const given = probabilities.map((p, s) => (states[3 * s] === 1 ? p : 0));
  const data = { values: states, count, width: 3, weights: given };
  const { gradient: exact } = exactGradient(model, data, await enumerate(model));
  gradient.forEach((g, i) => {
    expect(Math.abs(g - (exact[i] as number)), `parameter ${i}`).toBeLessThan(5 * Math.sqrt(0.5 / rows));
  });
});

it('the positive phase of a deep machine is the exact one', async () => {
  const model = randomDeepBoltzmannMachine({ widths: [3, 2, 2], scale: 1, seed: 7 });
  const program = await reference().prepare(model);
  const rows = 4000;
  const data = Float64Array.from({ length: 3 * rows }, (_, n) => [1, 0, 1][n % 3] as number);
  const statistics = await deepPositivePhase(program, data, rows, generator(8), { burnIn: 20, averaged: 2 });
  const clamped = condition(model, [1, 1, 1], Float64Array.of(1, 0, 1));
  const { moments } = await layerMeans(clamped);
  for (const [name, means] of Object.entries(moments)) {
    const { offset } = model.layout.arrays.find((array) => array.name === `${name}.bias`) as { offset: number };
    means.forEach((mean, unit) => {
      const found = statistics[offset + unit] as number;
      expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt((mean * (1 - mean)) / rows));
    });
  }
});

/** Exact means of all layers of a small model: derivatives of log Z by the biases. */
async function layerMeans(model: EnergyModel): Promise<{ moments: Record<string, number[]> }> {
  const h = 1e-4;
  const logZ = async (name: string, unit: number, by: number): Promise<number> => {
    const shifted = { ...model, parameters: model.parameters.slice() };
    const bias = parameter(shifted, `${name}.bias`);
    bias[unit] = (bias[unit] as number) + by;
    return (await enumerate(shifted)).logPartition;
  };
  const moments: Record<string, number[]> = {};
  for (const [l, { units }] of model.layers.entries()) {
    const name = model.names[l] as string;
    const means: number[] = [];
    for (let unit = 0; unit < units; unit++) {
      means.push(((await logZ(name, unit, h)) - (await logZ(name, unit, -h))) / (2 * h));
    }
    moments[name] = means;
  }
  return { moments };
}

it('parallel tempering samples the model', async () => {
  const model = randomRbm({ visible: 4, hidden: 3, scale: 2, seed: 9 });
  const backend = reference();
  const program = await backend.prepare(model);
  const before = backend.memory();
  const base = new Float64Array(layerParametersLength(model));
  const samples = await parallelTempering(program, base, generator(10), { rungs: 5, chains: 600, sweeps: 40 });
  expect(backend.memory()).toEqual(before);
  expectMeans(samples, visibleMeans(model));
});

it('a reservoir and chains stay in their distributions when they exchange', async () => {
  const [model, frozen] = [11, 12].map((seed) => randomRbm({ visible: 3, hidden: 2, scale: 1, seed })) as [
    EnergyModel,
    EnergyModel,
  ];
  const program = await reference().prepare(model);
  const { backend } = program;
  const chains = 8000;
  const kernel = gibbs().bind(program);
  const parameters = program.allocate({ holds: 'parameters' });
  backend.write(parameters, frozen.parameters);
  // Hidden units follow from exact visible ones after half a sweep at the right target.
  const start = async (of: EnergyModel, target: object, seed: number) => {
    const state = await kernel.init(generator(seed), exactStart(of, chains, seed));
    return (await kernel.step(state, generator(seed), 1, target)).state;
  };
  const state = await start(model, {}, 13);
  const earlier = await start(frozen, { target: { parameters } }, 14);
  const visible = state.layers[0] as Buffer;
  const before = await backend.read(visible);
  for (let step = 0; step < 3; step++) {
    exchangeWithReservoir(program, state, { parameters, layers: earlier.layers }, generator(15), step);
  }
  const after = await backend.read(visible);
  expect(after.some((x, i) => x !== before[i])).toBe(true);
  expectMeans(after, visibleMeans(model));
  expectMeans(await backend.read(earlier.layers[0] as Buffer), visibleMeans(frozen));
});

it.each([false, true])(
  'annealing between two models finds the ratio of partition functions, in reverse: %s',
  async (reverse) => {
    const [model, other] = [16, 17].map((seed) => randomRbm({ visible: 4, hidden: 3, scale: 1.5, seed })) as [
      EnergyModel,
      EnergyModel,
    ];
    const program = await reference().prepare(model);
    const start = exactStart(reverse ? model : other, 3000, 18);
    const logWeights = await annealingBetweenModels(program, other.parameters, start, generator(19), {
      steps: 30,
      reverse,
    });
    const exact = (await enumerate(model)).logPartition - (await enumerate(other)).logPartition;
    const found = logSumExp(logWeights) - Math.log(logWeights.length);
    const ratios = logWeights.map((w) => Math.exp(w - found));
    const error = Math.sqrt(ratios.reduce((sum, r) => sum + (r - 1) ** 2, 0)) / ratios.length;
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(found - (reverse ? -exact : exact))).toBeLessThan(4 * error);
  },
);

it('a sampler of a third party is tempered', async () => {
  const model = randomRbm({ visible: 3, hidden: 2, scale: 2, seed: 20 });
  const program = await reference().prepare(model);
  const kernel = temperedMetropolis().bind(program);
  const start = await kernel.init(generator(21), { chains: 300 });
  const { state, info } = await kernel.step(start, generator(21), 100);
  expectMeans(await program.backend.read(state.layers[0] as Buffer), visibleMeans(model));
  expect(info.roundTrips).toBeGreaterThan(30);
});

it('a sorted file larger than two windows is learned', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rbm-programs-'));
  try {
    // Sorted, as a file should not be: four patterns, one after the other.
    const patterns = [
      [1, 1, 0, 0],
      [0, 0, 1, 1],
      [1, 0, 1, 0],
      [1, 1, 1, 1],
    ];
    const count = 500;
    const values = Uint8Array.from({ length: 4 * count }, (_, n) => patterns[Math.floor(n / count)]?.[n % 4] as number);
    const path = join(folder, 'sorted.npy');
    await writeFile(path, encodeNpy({ shape: [count, 2, 2], data: values }));
    const model = await largerThanMemory(path, { hidden: 6, epochs: 200, blockRows: 10, windowBlocks: 10 });
    const divergence = klDivergence(model, { values, count, width: 4 }, (await enumerate(model)).logPartition);
    // In memory the same training comes to 0.098; units without couplings are at 1.12.
    expect(divergence).toBeLessThan(0.15);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('are shown by the page as they are', () => {
  const page = readFileSync(new URL('../../../docs/programs.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/```ts file=(\S+)\n(.*?)```/gs)];
  expect(shown.map(([, file]) => file).sort()).toEqual(readdirSync(new URL('./programs', import.meta.url)).sort());
  for (const [, file, code] of shown) {
    expect(code, file).toBe(readFileSync(new URL(`./programs/${file}`, import.meta.url), 'utf8'));
  }
});

describe('an energy model of a third party', () => {
  const sizes = [2, 2, 2] as const;
  const energy = (model: EnergyModel, values: Readonly<Record<string, Float64Array>>): number => {
    const [x, y, z] = [values.first, values.second, values.hidden] as [Float64Array, Float64Array, Float64Array];
    const weights = parameter(model, 'gates.weights');
    let sum = 0;
    model.names.forEach((name) => {
      parameter(model, `${name}.bias`).forEach((bias, i) => {
        sum -= bias * (values[name]?.[i] as number);
      });
    });
    x.forEach((a, i) => {
      y.forEach((b, j) => {
        z.forEach((c, k) => {
          sum -= (weights[(i * sizes[1] + j) * sizes[2] + k] as number) * a * b * c;
        });
      });
    });
    return sum;
  };
  modelSuite({ it, model: () => gatedModel(...sizes), energy });
});

describe('a backend of a third party', () => backendSuite({ it, backend: async () => new DenseBackend() }));
