import {
  bernoulli,
  conditionalMean,
  cost,
  type EnergyModel,
  enumerate,
  freeEnergy,
  type Generator,
  gaussian,
  generator,
  meanAndStandardError,
  parameter,
  potts,
  rbm,
  reference,
  type Samples,
  sigmoid,
} from '@rbm/core';
import type { Layer, Monitor } from '@rbm/core/contracts';
import { errorsInStandardErrors, override, randomRbm, rootMeanSquareOfErrors } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { exactLikelihood } from './exact-likelihood.js';
import { freeEnergies } from './free-energies.js';
import { pseudoLikelihood } from './pseudo-likelihood.js';
import { reconstructionError } from './reconstruction-error.js';

const model = randomRbm({ visible: 5, hidden: 3, scale: 1, seed: 2 });

function randomSamples(count: number, seed: number): Samples {
  const random = generator(seed);
  const values = Uint8Array.from({ length: count * 5 }, (_, i) =>
    random.bernoulli(0.4, Math.floor(i / 5), i % 5, 0, 0),
  );
  return { values, count, width: 5 };
}

// More than two batches of 100 rows, and a rest.
const data = randomSamples(230, 1);
const heldOut = randomSamples(57, 2);

async function measure(
  monitor: Monitor,
  options: {
    readonly train?: Samples;
    readonly heldOut?: Samples;
    readonly step?: number;
    readonly random?: Generator;
  } = {},
): Promise<Readonly<Record<string, number>>> {
  const backend = reference();
  const program = await backend.prepare(model);
  const baseline = backend.memory();
  const measured = await monitor.measure({ program, train: data, random: generator(5), step: 0, ...options });
  expect(backend.memory()).toEqual(baseline);
  return measured;
}

function mean(values: ArrayLike<number>): number {
  return meanAndStandardError(values).mean;
}

/** Σ_i log P(v_i | all other v) of each sample, from ratios of unnormalised marginals. */
function exactPseudoLikelihood(of: EnergyModel, { values, count, width }: Samples): Float64Array {
  return Float64Array.from({ length: count }, (_, n) => {
    const v = Float64Array.from(values.subarray(n * width, (n + 1) * width));
    const [here] = freeEnergy(of, v) as unknown as [number];
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const flipped = v.slice();
      flipped[i] = 1 - (flipped[i] as number);
      const [there] = freeEnergy(of, flipped) as unknown as [number];
      sum -= Math.log1p(Math.exp(here - there));
    }
    return sum;
  });
}

describe('free energies', () => {
  it('are those of the model, of all samples asked for', async () => {
    const measured = await measure(freeEnergies(), { heldOut });
    expect(measured.freeEnergyTrain).toBeCloseTo(mean(freeEnergy(model, data.values)), 12);
    expect(measured.freeEnergyHeldOut).toBeCloseTo(mean(freeEnergy(model, heldOut.values)), 12);
    const few = await measure(freeEnergies({ samples: 130 }));
    expect(few).toEqual({ freeEnergyTrain: expect.closeTo(mean(freeEnergy(model, data.values.subarray(0, 650))), 12) });
  });
});

describe('the exact likelihood', () => {
  it('is that of the enumeration', async () => {
    const { logPartition } = await enumerate(model);
    expect(await measure(exactLikelihood(), { heldOut })).toEqual({
      logLikelihoodTrain: expect.closeTo(-cost(model, data, logPartition), 12),
      logLikelihoodHeldOut: expect.closeTo(-cost(model, heldOut, logPartition), 12),
    });
  });
});

describe('the pseudo-likelihood', () => {
  it('has the exact one as its mean, with an honest error', async () => {
    const exact = mean(exactPseudoLikelihood(model, data));
    const errors: number[] = [];
    for (let step = 0; step < 200; step++) {
      const found = await measure(pseudoLikelihood(), { step });
      errors.push(((found.pseudoLogLikelihood as number) - exact) / (found.pseudoLogLikelihoodError as number));
    }
    const { mean: bias, standardError } = meanAndStandardError(errors);
    expect(Math.abs(bias)).toBeLessThan(5 * standardError);
    // Its error is that over samples and units; the samples are the same every time, so the spread is smaller than 1.
    const spread = Math.sqrt(mean(errors.map((e) => e * e)));
    expect(spread).toBeGreaterThan(0.5);
    expect(spread).toBeLessThan(1.1);
  });

  it('is exact when every unit takes its turn, of held-out samples where there are any', async () => {
    for (const [samples, options] of [
      [data, {}],
      [heldOut, { heldOut }],
    ] as const) {
      const wanted = mean(exactPseudoLikelihood(model, samples));
      let total = 0;
      for (let unit = 0; unit < 5; unit++) {
        const random = override(generator(1), { uniform: () => (unit + 0.5) / 5 });
        total += (await measure(pseudoLikelihood(), { ...options, random })).pseudoLogLikelihood as number;
      }
      expect(total / 5).toBeCloseTo(wanted, 12);
    }
  });

  it('has the error of samples drawn afresh', async () => {
    // Drawn from the uniform distribution over all 32 states, of which the average is known.
    const states = Uint8Array.from({ length: 160 }, (_, i) => (Math.floor(i / 5) >> (i % 5)) & 1);
    const exact = mean(exactPseudoLikelihood(model, { values: states, count: 32, width: 5 }));
    const seeds = Array.from({ length: 150 }, (_, seed) => seed);
    const errors = await errorsInStandardErrors(seeds, async (seed) => {
      const random = generator(1000 + seed);
      const values = Uint8Array.from({ length: 1000 }, (_, i) => random.bernoulli(0.5, 0, i, 0, 0));
      const train = { values, count: 200, width: 5 };
      const found = await measure(pseudoLikelihood(), { train, random: random.fork('monitor') });
      return {
        estimate: found.pseudoLogLikelihood as number,
        standardError: found.pseudoLogLikelihoodError as number,
        exact,
      };
    });
    const spread = rootMeanSquareOfErrors(errors);
    expect(spread).toBeGreaterThan(0.8);
    expect(spread).toBeLessThan(1.2);
  });

  it.each([
    ['binary', rbm({ visible: bernoulli(1, { bias: [0.7] }), hidden: bernoulli(2), weights: [1, -2] }), [1, 0, 1]],
    [
      'categorical',
      rbm({ visible: potts(1, { categories: 3, bias: [0.7, 0, 1] }), hidden: bernoulli(1), weights: [1, -2, 0.5] }),
      [0, 0, 1, 1, 0, 0],
    ],
  ])('is the likelihood where there is but one unit: %s', async (_, single, values) => {
    const width = (single.layers[0] as Layer).width;
    const train = { values: Uint8Array.from(values), count: values.length / width, width };
    const program = await reference().prepare(single);
    const found = await pseudoLikelihood().measure({ program, train, random: generator(1), step: 0 });
    const { logPartition } = await enumerate(single);
    expect(found.pseudoLogLikelihood).toBeCloseTo(-cost(single, train, logPartition), 12);
  });

  it('refuses grey levels, wherever they are', async () => {
    const values = Float32Array.from(data.values);
    values[values.length - 1] = 0.5;
    const grey = { values, count: data.count, width: 5 };
    await expect(measure(pseudoLikelihood(), { train: grey })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('refuses units with infinitely many states', async () => {
    const program = await reference().prepare(rbm({ visible: gaussian(5), hidden: bernoulli(1) }));
    const context = { program, train: data, random: generator(1), step: 0 };
    await expect(pseudoLikelihood().measure(context)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('the reconstruction error', () => {
  it('has the expectation that enumerating the hidden units gives', async () => {
    let expected = 0;
    const few = randomSamples(120, 3);
    for (let n = 0; n < few.count; n++) {
      const v = Float64Array.from(few.values.subarray(n * 5, (n + 1) * 5));
      const p = conditionalMean(model, 'hidden', { visible: v });
      for (let state = 0; state < 8; state++) {
        const h = Float64Array.from({ length: 3 }, (_, j) => (state >> j) & 1);
        const weight = h.reduce((product, on, j) => product * (on ? (p[j] as number) : 1 - (p[j] as number)), 1);
        const mean = conditionalMean(model, 'visible', { hidden: h });
        expected += weight * mean.reduce((sum, m, i) => sum + (m - (v[i] as number)) ** 2, 0);
      }
    }
    expected /= few.count * 5;
    const found: number[] = [];
    for (let step = 0; step < 300; step++) {
      found.push((await measure(reconstructionError(), { train: few, step })).reconstructionError as number);
    }
    const { mean: average, standardError } = meanAndStandardError(found);
    expect(Math.abs(average - expected)).toBeLessThan(5 * standardError);
  });
});

it('the reconstruction error is of held-out samples where there are any, and of as many as asked for', async () => {
  // Without weights a reconstruction is σ(a), whatever the hidden units are.
  const silent = { ...model, parameters: model.parameters.slice() };
  parameter(silent, 'weights').fill(0);
  const means = Array.from(parameter(silent, 'visible.bias'), sigmoid);
  const error = (samples: Samples, count: number): number =>
    mean(Array.from(samples.values.subarray(0, count * 5), (x, i) => (x - (means[i % 5] as number)) ** 2));
  const program = await reference().prepare(silent);
  const context = { program, train: data, random: generator(1), step: 0 };
  const all = await reconstructionError().measure(context);
  expect(all.reconstructionError).toBeCloseTo(error(data, 230), 12);
  const held = await reconstructionError().measure({ ...context, heldOut });
  expect(held.reconstructionError).toBeCloseTo(error(heldOut, 57), 12);
  const few = await reconstructionError({ samples: 130 }).measure(context);
  expect(few.reconstructionError).toBeCloseTo(error(data, 130), 12);
});

it('monitors look at the live parameters', async () => {
  const moved = { ...model, parameters: model.parameters.map((x) => 0.5 - x) };
  const program = await reference().prepare(model);
  program.backend.write(program.parameters, moved.parameters);
  const context = { program, train: data, random: generator(1), step: 0 };
  const { freeEnergyTrain } = await freeEnergies().measure(context);
  expect(freeEnergyTrain).toBeCloseTo(mean(freeEnergy(moved, data.values)), 12);
  const { logPartition } = await enumerate(moved);
  const { logLikelihoodTrain } = await exactLikelihood().measure(context);
  expect(logLikelihoodTrain).toBeCloseTo(-cost(moved, data, logPartition), 12);
});

it('the exact likelihood refuses more states than its limit', async () => {
  await expect(measure(exactLikelihood({ limit: 4 }))).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
});

it('monitors see an abort', async () => {
  const controller = new AbortController();
  controller.abort();
  const program = await reference().prepare(model);
  for (const monitor of [freeEnergies(), pseudoLikelihood(), reconstructionError(), exactLikelihood()]) {
    const context = { program, train: data, random: generator(1), step: 0, signal: controller.signal };
    await expect(monitor.measure(context)).rejects.toMatchObject({ code: 'ABORTED' });
  }
});
