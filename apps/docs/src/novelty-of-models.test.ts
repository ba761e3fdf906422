import {
  bernoulli,
  enumerate,
  generator,
  logLikelihood,
  permutation,
  rbm,
  reference,
  type Samples,
  sampleEmpirical,
  smoothedEmpirical,
} from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs, type Novelty, novelty, sample } from '@rbm/samplers';
import { exact, sgd, train } from '@rbm/train';
import { beforeAll, describe, expect, test } from 'vitest';

const WITHHELD = 6;
const SEED = 3;
const COUNT = 2000;

// Bars and stripes, 4 × 4, six of the thirty patterns withheld.
const { values, width, count } = barsAndStripes(4).train;
const random = generator(SEED);
const rows = Array.from(permutation(random.fork('split'), count, 0), (n) => values.slice(n * width, (n + 1) * width));
const patterns = new Set(rows.map((row) => row.join()));

function select(chosen: readonly Samples['values'][]): Samples {
  return { values: Uint8Array.from(chosen.flatMap((row) => [...row])), count: chosen.length, width };
}
const heldOut = select(rows.slice(0, WITHHELD));
const training = select(rows.slice(WITHHELD));

function measure(samples: Float64Array): Promise<Novelty> {
  return novelty(samples, { training, heldOut, isValid: (image) => patterns.has(image.join()) });
}

describe('bars and stripes with patterns withheld', () => {
  const machine = rbm({ visible: bernoulli(width), hidden: bernoulli(6), random, scale: 0.1 });
  let logPartition: number;

  const mass = (model: typeof machine, data: Samples, log: number): number =>
    logLikelihood(model, data.values, log).reduce((sum, p) => sum + Math.exp(p), 0);
  const draw = async (model: typeof machine): Promise<Float64Array> =>
    (await sample({ model, backend: reference(), sampler: gibbs(), random, count: COUNT, burnIn: 100 })).values;

  beforeAll(async () => {
    const settings = { optimizer: sgd({ momentum: 0.9 }), rate: 0.3, batch: 24, epochs: 600, every: 600 };
    const records = train({
      model: machine,
      data: training,
      backend: reference(),
      estimator: exact(),
      random,
      ...settings,
    });
    for await (const { step } of records) expect(step).toBe(600);
    ({ logPartition } = await enumerate(machine));
  });

  test('the empirical distribution generates copies only', async () => {
    const { copies, validAndNew } = await measure(sampleEmpirical(training, random, COUNT));
    expect([copies.mean, validAndNew?.mean]).toEqual([1, 0]);
  });

  // Over seeds 1, 2 and 3 the withheld patterns have 0.003, 0.035 and 0.027 of the probability; by chance, 0.0001.
  test('an RBM generates withheld patterns', async () => {
    const exactMass = mass(machine, heldOut, logPartition);
    expect(exactMass).toBeGreaterThan(0.01);
    const { validAndNew, valid, copies } = await measure(await draw(machine));
    const { mean, standardError } = validAndNew ?? { mean: 0, standardError: 0 };
    expect(Math.abs(mean - exactMass)).toBeLessThan(4 * standardError);
    expect(mean).toBeCloseTo((valid?.mean ?? 0) - copies.mean, 12);
  });

  // As many valid samples as the RBM's, but next to none of them new: a withheld pattern is four flips away.
  test('the smoothed empirical distribution seldom does', async () => {
    const smoothed = smoothedEmpirical({ visible: bernoulli(width), samples: training, flip: 0.025 });
    const partition = (await enumerate(smoothed)).logPartition;
    const [valid, unseen] = [training, heldOut].map((data) => mass(smoothed, data, partition)) as [number, number];
    expect(valid).toBeGreaterThan(0.6);
    expect(unseen).toBeGreaterThan(0);
    expect(unseen).toBeLessThan(1e-5);
    expect((await measure(await draw(smoothed))).validAndNew?.mean).toBe(0);
  });
});
