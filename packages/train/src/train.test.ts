import {
  type Backend,
  bernoulli,
  type EnergyModel,
  type GradientEstimator,
  generator,
  type Monitor,
  rbm,
  reference,
} from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { type TrainingRecord, type TrainingSnapshot, type TrainOptions, train } from './train.js';

const data = barsAndStripes(3).train;

function newModel(): EnergyModel {
  return rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(3), scale: 0.1 });
}

/** 14 samples in batches of 4 for 6 epochs: 21 steps, of which most end inside an epoch. */
function optionsFor(estimator: GradientEstimator, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: newModel(),
    data,
    backend: reference(),
    estimator,
    optimizer: sgd({ momentum: 0.5, weightDecay: 0.01 }),
    rate: { from: 0.1, to: 0.01 },
    batch: 4,
    epochs: 6,
    random: generator(1),
    ...more,
  };
}

async function run(options: TrainOptions): Promise<TrainingRecord[]> {
  const records: TrainingRecord[] = [];
  for await (const record of train(options)) records.push(record);
  return records;
}

const estimators: readonly (readonly [string, () => GradientEstimator])[] = [
  ['cd', () => cd({ k: 2 })],
  ['pcd', () => pcd({ sampler: gibbs(), chains: 5 })],
  ['exact', () => exact()],
];

describe.each(estimators)('training with %s', (_, estimator) => {
  it('is a function of the seed, whenever records are asked for', async () => {
    const often = optionsFor(estimator(), { every: 1 });
    const seldom = optionsFor(estimator(), { every: 10 });
    const other = optionsFor(estimator(), { random: generator(2) });
    expect(await run(often)).toHaveLength(21);
    expect((await run(seldom)).map(({ step }) => step)).toEqual([10, 20, 21]);
    await run(other);
    expect(often.model.parameters).toEqual(seldom.model.parameters);
    expect(often.model.parameters).not.toEqual(other.model.parameters);
    expect(often.model.parameters).not.toEqual(newModel().parameters);
  });

  it.each([1, 7, 20])('goes on from a snapshot at step %i as if it had not been interrupted', async (at) => {
    const whole = optionsFor(estimator());
    await run(whole);
    let snapshot: TrainingSnapshot | undefined;
    for await (const record of train(optionsFor(estimator(), { every: 1 }))) {
      if (record.step !== at) continue;
      snapshot = structuredClone(await record.snapshot());
      break;
    }
    const resumed = optionsFor(estimator(), { ...(snapshot ? { resume: snapshot } : {}) });
    await run(resumed);
    expect(resumed.model.parameters).toEqual(whole.model.parameters);
  });

  it('releases everything when it ends, is left, fails or is aborted', async () => {
    const backend = reference();
    const baseline = backend.memory();
    await run(optionsFor(estimator(), { backend }));
    expect(backend.memory()).toEqual(baseline);
    for await (const { step } of train(optionsFor(estimator(), { backend, every: 1 }))) if (step === 3) break;
    expect(backend.memory()).toEqual(baseline);
    const controller = new AbortController();
    const aborted = async (): Promise<void> => {
      for await (const { step } of train(optionsFor(estimator(), { backend, every: 1, signal: controller.signal }))) {
        if (step === 3) controller.abort();
      }
    };
    await expect(aborted()).rejects.toMatchObject({ code: 'ABORTED' });
    expect(backend.memory()).toEqual(baseline);
    await expect(run(optionsFor(estimator(), { backend, rate: 1e200 }))).rejects.toMatchObject({ code: 'NOT_FINITE' });
    expect(backend.memory()).toEqual(baseline);
  });
});

describe('a record', () => {
  it('says where the training stands', async () => {
    const records = await run(optionsFor(cd(), { every: 7 }));
    expect(records.map(({ step, steps, epoch }) => [step, steps, epoch])).toEqual([
      [7, 21, 2],
      [14, 21, 4],
      [21, 21, 6],
    ]);
    expect(records.at(-1)?.rate).toBeCloseTo(0.01, 14);
  });

  it('comes about once an epoch unless asked otherwise', async () => {
    expect((await run(optionsFor(cd()))).map(({ step }) => step)).toEqual([4, 8, 12, 16, 20, 21]);
  });

  it('finds the model up to date', async () => {
    const options = optionsFor(cd(), { every: 1 });
    const seen: Float64Array[] = [];
    for await (const record of train(options)) {
      expect((await record.snapshot()).parameters).toEqual(options.model.parameters);
      seen.push(options.model.parameters.slice());
    }
    expect(seen[0]).not.toEqual(seen[1]);
  });

  it('has what monitors measured, as often as asked, each with random numbers of its own', async () => {
    const calls: string[] = [];
    const monitor = (name: string): Monitor => ({
      specVersion: 1,
      name,
      measure: async ({ random, step }) => {
        calls.push(`${name} ${step}`);
        return { [name]: random.uniform(0, 0, step, 0) };
      },
    });
    const monitors = [monitor('one'), monitor('two')];
    const records = await run(optionsFor(cd(), { every: 5, measureEvery: 10, monitors }));
    expect(records.map(({ step, metrics }) => [step, Object.keys(metrics)])).toEqual([
      [5, []],
      [10, ['one', 'two']],
      [15, []],
      [20, ['one', 'two']],
      [21, ['one', 'two']],
    ]);
    expect(calls).toEqual(['one 10', 'two 10', 'one 20', 'two 20', 'one 21', 'two 21']);
    expect(records[1]?.metrics.one).not.toBe(records[1]?.metrics.two);
  });
});

describe('a training that diverges', () => {
  it('stops with the step and the array, and leaves the last good parameters', async () => {
    const options = optionsFor(cd(), { rate: { from: 0.1, to: 1e308 }, every: 1, batch: 14, epochs: 5 });
    let good = newModel().parameters;
    const failing = (async () => {
      for await (const _ of train(options)) good = options.model.parameters.slice();
    })();
    await expect(failing).rejects.toMatchObject({ code: 'NOT_FINITE' });
    await expect(failing).rejects.toThrow(/step \d+.*"(visible\.bias|hidden\.bias|weights)"/);
    expect(options.model.parameters).toEqual(good);
  });
});

describe('what makes no sense', () => {
  const wrong: readonly (readonly [string, Partial<TrainOptions>, string])[] = [
    ['a batch of nothing', { batch: 0 }, 'ARGUMENT_INVALID'],
    ['a fraction of a sample', { batch: 2.5 }, 'ARGUMENT_INVALID'],
    ['no epochs', { epochs: 0 }, 'ARGUMENT_INVALID'],
    ['endless epochs', { epochs: Number.POSITIVE_INFINITY }, 'ARGUMENT_INVALID'],
    ['a negative rate', { rate: -1 }, 'ARGUMENT_INVALID'],
    ['a rate that is none', { rate: { from: 0.1, to: Number.NaN } }, 'ARGUMENT_INVALID'],
    ['records every half step', { every: 0.5 }, 'ARGUMENT_INVALID'],
    ['measurements never', { measureEvery: 0 }, 'ARGUMENT_INVALID'],
    ['data of another width', { data: barsAndStripes(4).train }, 'DATA_INVALID'],
    ['held-out data of another width', { heldOut: barsAndStripes(4).train }, 'DATA_INVALID'],
    ['no data', { data: { values: new Uint8Array(0), count: 0, width: 9 } }, 'DATA_INVALID'],
    ['values that no unit takes', { data: { values: new Uint8Array(9).fill(2), count: 1, width: 9 } }, 'DATA_INVALID'],
    ['arrays that contradict the count', { data: { values: new Uint8Array(9), count: 2, width: 9 } }, 'SHAPE_MISMATCH'],
    [
      'a weight of 0',
      { data: { values: new Uint8Array(9), count: 1, width: 9, weights: Float64Array.of(0) } },
      'DATA_INVALID',
    ],
  ];

  it.each(wrong)('is refused before any work: %s', async (_, change, code) => {
    const prepared: EnergyModel[] = [];
    const backend: Backend = reference();
    const prepare = backend.prepare.bind(backend);
    backend.prepare = (model) => {
      prepared.push(model);
      return prepare(model);
    };
    await expect(run(optionsFor(cd(), { backend, ...change }))).rejects.toMatchObject({ code });
    expect(prepared).toEqual([]);
  });

  it('names the first value that no unit takes', async () => {
    const values = new Uint8Array(27);
    values[9 + 4] = 7;
    const bad = run(optionsFor(cd(), { data: { values, count: 3, width: 9 } }));
    await expect(bad).rejects.toThrow(/Sample 1 .* 7 at position 4/);
  });

  it('refuses the snapshot of another training', async () => {
    let snapshot: TrainingSnapshot | undefined;
    for await (const record of train(optionsFor(cd(), { every: 1 }))) {
      snapshot = await record.snapshot();
      break;
    }
    const resume = snapshot as TrainingSnapshot;
    for (const change of [{ batch: 5 }, { rate: 0.2 }, { random: generator(9) }, { estimator: cd({ k: 3 }) }]) {
      await expect(run(optionsFor(cd(), { resume, ...change }))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    }
  });
});
