import { bernoulli, type EnergyModel, generator, rbm, reference } from '@rbm/core';
import type { GradientEstimator, TrainingSnapshot } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs, temper } from '@rbm/samplers';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { planPhases } from './phase.js';
import { sgd } from './sgd.js';
import { tempered } from './tempered.js';
import { type TrainingRecord, type TrainOptions, train } from './train.js';

const data = barsAndStripes(3).train;

function newModel(): EnergyModel {
  return rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(3), scale: 0.1 });
}

function optionsFor(estimator: GradientEstimator, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: newModel(),
    data,
    backend: reference(),
    estimator,
    optimizer: sgd({ momentum: 0.5 }),
    rate: { from: 0.1, to: 0.05 },
    batch: 7,
    epochs: 3,
    random: generator(1),
    ...more,
  };
}

async function run(options: TrainOptions): Promise<TrainingRecord[]> {
  const records: TrainingRecord[] = [];
  for await (const record of train(options)) records.push(record);
  return records;
}

const temperedLadder = () => tempered({ sampler: temper({ ladder: 3 }), sweeps: 4, chains: 3 });

describe('planPhases', () => {
  it('lets a phase go on with what it does not name, and start where the one before ended', () => {
    const first = { estimator: cd(), rate: { from: 1, to: 0.5 }, batch: 10, epochs: 2 };
    const other = pcd({ sampler: gibbs() });
    const plan = planPhases(
      {
        ...first,
        laterPhases: [
          { epochs: 1, batch: 20 },
          { epochs: 0.5, estimator: other, rate: 0.1, average: true },
        ],
      },
      100,
    );
    expect(plan).toMatchObject([
      { number: 0, start: 0, end: 20, seen: 0, goesOn: false, origin: 0, rate: { from: 1, to: 0.5 }, every: 10 },
      { number: 1, start: 20, end: 25, seen: 200, goesOn: true, origin: 0, rate: 0.5, batch: 20, every: 5 },
      { number: 2, start: 25, end: 28, seen: 300, goesOn: false, origin: 2, rate: 0.1, batch: 20, average: true },
    ]);
    expect(plan[2]?.estimator).toBe(other);
  });

  it.each([{ epochs: 0 }, { epochs: 1, batch: 1.5 }, { epochs: 1, rate: -1 }, { epochs: 1, every: 0 }])(
    'names the phase of what makes no sense: %j',
    (later) => {
      const first = { estimator: cd(), rate: 1, batch: 10, epochs: 2 };
      expect(() => planPhases({ ...first, laterPhases: [{ epochs: 1 }, later] }, 100)).toThrow(
        expect.objectContaining({ code: 'ARGUMENT_INVALID', message: expect.stringContaining('of phase 3') }),
      );
    },
  );
});

it('refuses another batch for chains that are as many as samples in one', () => {
  const first = { rate: 1, batch: 10, epochs: 2, laterPhases: [{ epochs: 1, batch: 20 }] };
  expect(() => planPhases({ ...first, estimator: pcd({ sampler: gibbs() }) }, 100)).toThrow(
    /Phase 2 changes the batch/,
  );
  expect(planPhases({ ...first, estimator: pcd({ sampler: gibbs(), chains: 5 }) }, 100)).toHaveLength(2);
  expect(planPhases({ ...first, estimator: cd() }, 100)).toHaveLength(2);
});

describe('a training in phases', () => {
  it('is a training of each, with the data in one order', async () => {
    const laterPhases = [{ epochs: 2, batch: 14, rate: 0.02 }];
    const whole = optionsFor(exact(), { optimizer: sgd(), laterPhases });
    const records = await run(whole);
    expect(records.map(({ step, steps, phase, epoch, rate }) => [step, steps, phase, epoch, rate])).toEqual([
      [2, 8, 0, 1, expect.closeTo(0.09, 12)],
      [4, 8, 0, 2, expect.closeTo(0.07, 12)],
      [6, 8, 0, 3, expect.closeTo(0.05, 12)],
      [7, 8, 1, 4, 0.02],
      [8, 8, 1, 5, 0.02],
    ]);
    // The exact gradient does not depend on the batches' order if each holds all samples.
    const first = optionsFor(exact(), { optimizer: sgd() });
    await run(first);
    const second = optionsFor(exact(), { optimizer: sgd(), model: first.model, batch: 14, rate: 0.02, epochs: 2 });
    await run(second);
    second.model.parameters.forEach((x, i) => {
      expect(whole.model.parameters[i]).toBeCloseTo(x, 12);
    });
  });

  it('goes on bit for bit from a snapshot in any phase, at their borders too', async () => {
    const options = (more: Partial<TrainOptions> = {}): TrainOptions =>
      optionsFor(pcd({ sampler: gibbs(), chains: 5 }), {
        every: 1,
        laterPhases: [
          { epochs: 12, batch: 14, every: 1, average: true },
          { epochs: 3, estimator: temperedLadder(), rate: 0.02, every: 1 },
          { epochs: 2, every: 1 },
        ],
        ...more,
      });
    const whole = options();
    const snapshots: TrainingSnapshot[] = [];
    for await (const record of train(whole)) snapshots.push(structuredClone(await record.snapshot()));
    expect(snapshots).toHaveLength(6 + 12 + 3 + 2);
    for (const resume of snapshots) {
      const resumed = options({ resume });
      await run(resumed);
      expect(resumed.model.parameters).toEqual(whole.model.parameters);
    }
  });

  it('releases everything', async () => {
    const options = optionsFor(cd(), {
      laterPhases: [
        { epochs: 2, estimator: temperedLadder() },
        { epochs: 1, batch: 3 },
      ],
    });
    await run(options);
    expect(options.backend.memory()).toEqual(reference().memory());
    for await (const { phase } of train(options)) if (phase === 1) break;
    expect(options.backend.memory()).toEqual(reference().memory());
  });
});

describe('a phase that averages', () => {
  it('ends with the mean of the parameters at every eighth step', async () => {
    const seen: Float64Array[] = [];
    const options = optionsFor(exact(), { batch: 14, epochs: 24, every: 1, average: true, rate: 0.5 });
    for await (const { step } of train({ ...options, model: newModel(), average: false })) void step;
    const plain = { ...options, model: newModel(), average: false };
    for await (const { step } of train(plain)) if (step % 8 === 0) seen.push(plain.model.parameters.slice());
    await run(options);
    options.model.parameters.forEach((x, i) => {
      expect(x).toBeCloseTo(seen.reduce((sum, at) => sum + (at[i] as number), 0) / 3, 12);
    });
  });
});
