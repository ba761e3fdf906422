import {
  bernoulli,
  enumerate,
  exactGradient,
  generator,
  parameter,
  potts,
  rbm,
  reference,
  type Samples,
} from '@rbm/core';
import type { Position, Sampler } from '@rbm/core/contracts';
import { gibbs, temper } from '@rbm/samplers';
import { estimatorSuite, override, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { gradients, largestDeviation, withEstimation } from './estimators.testing.js';
import { heldOutLikelihood } from './monitors/held-out-likelihood.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { tempered } from './tempered.js';
import { train } from './train.js';

describe('tempered', () => estimatorSuite({ it, estimator: tempered({ sampler: gibbs(), start: 'model' }) }));

const model = randomRbm({ visible: 4, hidden: 3, scale: 1.2, seed: 4 });
const data: Samples = { values: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0), count: 2, width: 4 };

describe('its gradient', () => {
  it('has the exact one as its mean while parameters stay', async () => {
    const estimator = tempered({ sampler: temper({ ladder: 4, warmUp: 0 }), sweeps: 6, chains: 50 });
    const estimates = await gradients(model, data, estimator, 400, generator(2), 20);
    const { gradient } = exactGradient(model, data, await enumerate(model));
    expect(largestDeviation(estimates, gradient)).toBeLessThan(4.5);
  });
});

describe('tempered', () => {
  it('starts at the data, and refuses grey levels for a start', async () => {
    const positions: (Position | undefined)[] = [];
    const plain = gibbs();
    const watched: Sampler = {
      ...plain,
      bind(program) {
        const kernel = plain.bind(program);
        return override(kernel, {
          init: (random, position) => {
            positions.push(position);
            return kernel.init(random, position);
          },
        });
      },
    };
    for (const estimator of [
      tempered({ sampler: watched, chains: 3 }),
      pcd({ sampler: watched, chains: 3, start: 'data' }),
    ]) {
      await withEstimation(model, data, estimator, async ({ batch, estimation }) => {
        const estimate = await estimation.estimate(batch, await estimation.init(generator(1)), generator(1));
        estimate.state.dispose();
      });
      expect(positions.splice(0).at(-1)).toEqual({
        chains: 3,
        values: { visible: Float64Array.of(1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1) },
      });
    }
    const grey = { values: Float64Array.of(0.5, 0, 1, 0.2), count: 1, width: 4 };
    await withEstimation(model, grey, tempered({ sampler: gibbs() }), async ({ batch, estimation }) => {
      const state = await estimation.init(generator(1));
      await expect(estimation.estimate(batch, state, generator(1))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    });
  });

  it.each([{ sweeps: 0 }, { chains: 0 }, { chains: 1.5 }])('refuses %j', (options) => {
    expect(() => tempered({ sampler: gibbs(), ...options })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    );
  });
});

it('a mode that Gibbs sampling does not find gets the weight that the data give it', async () => {
  // Four fifths of the data are all on, the rest all off, and all persistent chains start off.
  const width = 6;
  const values = new Uint8Array(10 * width).fill(1, 0, 8 * width);
  const machine = rbm({ visible: bernoulli(width), hidden: bernoulli(4) });
  parameter(machine, 'weights').fill(3);
  parameter(machine, 'visible.bias').fill(-6);
  parameter(machine, 'hidden.bias').fill(-9);
  const estimator = tempered({
    sampler: temper({ base: new Float64Array(machine.layout.length), ladder: 6, warmUp: 64 }),
    sweeps: 4,
    chains: 20,
  });
  const samples = { values, count: 10, width };
  let metrics: Readonly<Record<string, number>> = {};
  for await (const record of train({
    model: machine,
    data: samples,
    heldOut: samples,
    backend: reference(),
    estimator,
    optimizer: sgd(),
    rate: { from: 0.02, to: 0 },
    batch: 10,
    epochs: 400,
    random: generator(1),
    every: 400,
    monitors: [heldOutLikelihood()],
  })) {
    metrics = record.metrics;
  }
  const exact = await enumerate(machine);
  const { logPartition } = exact;
  const on = Math.exp(-machineFreeEnergy(machine, 1) - logPartition);
  const off = Math.exp(-machineFreeEnergy(machine, 0) - logPartition);
  expect(on / (on + off)).toBeCloseTo(0.8, 1);
  const error = metrics.heldOutLogLikelihoodError as number;
  const likelihood = -(0.8 * machineFreeEnergy(machine, 1) + 0.2 * machineFreeEnergy(machine, 0)) - logPartition;
  expect(error).toBeLessThan(0.5);
  expect(Math.abs((metrics.heldOutLogLikelihood as number) - likelihood)).toBeLessThan(4 * error);
  expect(metrics.swapAcceptance).toBeGreaterThan(0.3);

  function machineFreeEnergy({ parameters, layout }: typeof machine, value: 0 | 1): number {
    const array = (name: string): Float64Array => {
      const { offset, length } = layout.arrays.find((a) => a.name === name) as { offset: number; length: number };
      return parameters.subarray(offset, offset + length);
    };
    let energy = 0;
    for (let i = 0; i < width; i++) energy -= value * (array('visible.bias')[i] as number);
    for (let j = 0; j < 4; j++) {
      let z = array('hidden.bias')[j] as number;
      for (let i = 0; i < width; i++) z += value * (array('weights')[i * 4 + j] as number);
      energy -= Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0);
    }
    return energy;
  }
});

it('works for units of categories', async () => {
  const machine = rbm({ visible: potts(2, { categories: 3 }), hidden: bernoulli(2), random: generator(1), scale: 1 });
  const values = Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1);
  const estimator = tempered({ sampler: temper({ ladder: 3, warmUp: 0 }), sweeps: 5, chains: 40 });
  const estimates = await gradients(machine, { values, count: 2, width: 6 }, estimator, 200, generator(3), 20);
  const { gradient } = exactGradient(machine, { values, count: 2, width: 6 }, await enumerate(machine));
  expect(largestDeviation(estimates, gradient)).toBeLessThan(4.5);
});
