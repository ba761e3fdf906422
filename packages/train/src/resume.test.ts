import { bernoulli, type EnergyModel, generator, RbmError, rbm, reference } from '@rbm/core';
import type { Buffer, GradientEstimator, TrainingSnapshot } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { decodeSnapshot, encodeSnapshot } from '@rbm/formats';
import { baseRates, gibbs, temper } from '@rbm/samplers';
import { override } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { resumeChanges } from './resume.js';
import { sgd } from './sgd.js';
import { tempered } from './tempered.js';
import { type TrainingRecord, type TrainOptions, train } from './train.js';

const data = barsAndStripes(3).train;

function newModel(hidden = 4): EnergyModel {
  return rbm({ visible: bernoulli(9), hidden: bernoulli(hidden), random: generator(3), scale: 0.1 });
}

/** 14 samples in batches of 4 and one of 2, for 6 epochs: 24 steps. */
function optionsFor(more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: newModel(),
    data,
    backend: reference(),
    estimator: cd(),
    optimizer: sgd({ momentum: 0.5 }),
    rate: 0.1,
    batch: 4,
    epochs: 6,
    random: generator(1),
    every: 1,
    ...more,
  };
}

async function run(options: TrainOptions): Promise<TrainingRecord[]> {
  const records: TrainingRecord[] = [];
  for await (const record of train(options)) records.push(record);
  return records;
}

/** The snapshot of a training at a step (default: at its end). */
async function snapshotOf(more: Partial<TrainOptions> = {}, at?: number): Promise<TrainingSnapshot> {
  for await (const record of train(optionsFor(more))) {
    if (record.step === (at ?? record.steps)) return record.snapshot();
  }
  throw new Error(`The training has no step ${at}.`);
}

/** The same estimator, which notes the rows of each batch. */
function watching(estimator: GradientEstimator, seen: string[]): GradientEstimator {
  return {
    ...estimator,
    bind(program, rows) {
      const estimation = estimator.bind(program, rows);
      return override(estimation, {
        estimate: async (batch, state, random, options) => {
          const values = await program.backend.read(batch.visible[0] as Buffer);
          for (let row = 0; row < batch.rows; row++) seen.push(values.subarray(9 * row, 9 * row + 9).join(''));
          return estimation.estimate(batch, state, random, options);
        },
      });
    },
  };
}

const estimators: readonly (readonly [string, () => GradientEstimator])[] = [
  ['cd', () => cd({ k: 2 })],
  ['pcd', () => pcd({ sampler: gibbs(), chains: 5 })],
  ['tempered', () => tempered({ sampler: temper({ base: baseRates(newModel(), data), ladder: 3 }), chains: 3 })],
  ['exact', () => exact()],
];

describe.each(estimators)('more epochs, with %s', (_, estimator) => {
  it.each([undefined, 9])('after some are those of a longer training, bit for bit (from step %s)', async (at) => {
    const whole = optionsFor({ estimator: estimator(), epochs: 12 });
    const records = await run(whole);
    const snapshot = await snapshotOf({ estimator: estimator() }, at);
    const { snapshot: resume } = decodeSnapshot(encodeSnapshot(snapshot), 'file');
    expect(resume).toEqual(snapshot);
    const more = optionsFor({ estimator: estimator(), epochs: 12, resume });
    expect(resumeChanges({ ...more, resume })).toEqual([{ name: 'epochs', before: '6', now: '12', effect: '' }]);
    const rest = await run(more);
    expect(more.model.parameters).toEqual(whole.model.parameters);
    expect(rest.map(({ step, steps, epoch, rate }) => [step, steps, epoch, rate])).toEqual(
      records.slice(at ?? 24).map(({ step, steps, epoch, rate }) => [step, steps, epoch, rate]),
    );
  });
});

describe('a change of the rate', () => {
  it('counts from the next update on', async () => {
    const resume = await snapshotOf({}, 10);
    const records = await run(optionsFor({ rate: 0.02, resume }));
    expect(records.map(({ rate }) => rate)).toEqual(Array(14).fill(0.02));
    expect(resumeChanges({ ...optionsFor({ rate: 0.02 }), resume })).toEqual([
      { name: 'learning rate', before: '0.1', now: '0.02', effect: 'from the next update on' },
    ]);
  });

  it('of one that moves goes on as if it had moved so from the start', async () => {
    const rate = { from: 0.2, to: 0.1 };
    const whole = await run(optionsFor({ rate, epochs: 12 }));
    const resume = await snapshotOf({ rate }, 10);
    const rest = await run(optionsFor({ rate, epochs: 12, resume }));
    expect(rest.map(({ rate }) => rate)).toEqual(whole.slice(10).map(({ rate }) => rate));
    expect(resumeChanges({ ...optionsFor({ rate, epochs: 12 }), resume })[0]?.effect).toMatch(
      /from 0\.2 to 0\.1 over all 12/,
    );
  });
});

describe('a change of the batch', () => {
  it('goes on in the order of the samples, each once an epoch', async () => {
    const order: string[] = [];
    await run(optionsFor({ estimator: watching(cd(), order), batch: 1 }));
    expect(order).toHaveLength(84);
    const seen: string[] = [];
    const snapshots: TrainingSnapshot[] = [];
    const take = async (more: Partial<TrainOptions>, steps: number): Promise<TrainingRecord> => {
      const resume = snapshots.at(-1);
      const options = optionsFor({ estimator: watching(cd(), seen), ...more, ...(resume ? { resume } : {}) });
      for await (const record of train(options)) {
        if (--steps > 0) continue;
        snapshots.push(await record.snapshot());
        return record;
      }
      throw new Error('The training is over.');
    };
    expect(await take({ batch: 4 }, 3)).toMatchObject({ step: 3, steps: 24, epoch: 12 / 14 });
    expect(await take({ batch: 5 }, 7)).toMatchObject({ step: 10, epoch: 3, steps: 3 + 1 + 5 * 3 });
    expect(await take({ batch: 1 }, 30)).toMatchObject({ step: 40, epoch: 72 / 14, steps: 10 + 42 });
    expect(await take({ batch: 7 }, 2)).toMatchObject({ step: 42, epoch: 6, steps: 42 });
    expect(seen).toEqual(order);
  });

  it('is resumed bit for bit, a rate that moves and a later phase included', async () => {
    const more = { batch: 6, rate: { from: 0.1, to: 0.01 }, laterPhases: [{ epochs: 2, batch: 3, every: 1 }] };
    const resume = await snapshotOf({ ...more, batch: 4 }, 5);
    const whole = optionsFor({ ...more, resume });
    const snapshots: TrainingSnapshot[] = [];
    const rates: number[] = [];
    for await (const record of train(whole)) {
      snapshots.push(await record.snapshot());
      rates.push(record.rate);
    }
    // Batches of 4, 4, 4, 2 and 4; of 6 and 4 to the end of the second epoch, and four times of 6, 6 and 2; then five an epoch.
    expect(snapshots).toHaveLength(2 + 4 * 3 + 2 * 5);
    expect(rates[0]).toBeCloseTo(0.1 - (0.09 * 18) / 82, 12);
    expect(rates[13]).toBeCloseTo(0.01, 12);
    expect(snapshots.at(-1)).toMatchObject({ step: 29, seen: 84 + 28, phase: { number: 1, step: 10, seen: 28 } });
    for (const snapshot of snapshots) {
      const again = optionsFor({ ...more, resume: snapshot });
      expect(resumeChanges({ ...again, resume: snapshot })).toEqual([]);
      await run(again);
      expect(again.model.parameters).toEqual(whole.model.parameters);
    }
  });

  it('keeps the chains, whose number must be given', async () => {
    const estimator = (chains?: number): GradientEstimator => pcd({ sampler: gibbs(), ...(chains ? { chains } : {}) });
    const resume = await snapshotOf({ estimator: estimator() }, 3);
    await expect(run(optionsFor({ estimator: estimator(), batch: 7, resume }))).rejects.toMatchObject({
      code: 'RUN_CHANGED',
      message: expect.stringMatching(/chains was 4 and is 7\. Give the estimator 4 chains/),
    });
    expect(await run(optionsFor({ estimator: estimator(4), batch: 7, resume }))).not.toEqual([]);
  });
});

describe('a change of phases', () => {
  it('that are to come is free', async () => {
    const laterPhases = [{ epochs: 2, rate: 0.01 }];
    const whole = optionsFor({ laterPhases });
    await run(whole);
    const resume = await snapshotOf();
    const options = optionsFor({ laterPhases, resume });
    expect(resumeChanges({ ...options, resume })).toMatchObject([{ name: 'phase 2', before: 'none' }]);
    await run(options);
    expect(options.model.parameters).toEqual(whole.model.parameters);
  });

  it('that are over is refused, and so is the lack of the one at work', async () => {
    const resume = await snapshotOf({ laterPhases: [{ epochs: 2 }] });
    for (const [change, message] of [
      [{}, /number of phases was 2 and is 1/],
      [{ laterPhases: [{ epochs: 2 }], epochs: 7 }, /phase 1\.epochs was 6 and is 7\. That phase is over/],
      [{ laterPhases: [{ epochs: 2, estimator: exact() }] }, /phase 2: estimator was "cd" and is "exact"/],
    ] as const) {
      await expect(run(optionsFor({ ...change, resume }))).rejects.toMatchObject({ code: 'RUN_CHANGED' });
      await expect(run(optionsFor({ ...change, resume }))).rejects.toThrow(message);
    }
    const longer = optionsFor({ laterPhases: [{ epochs: 4, average: true, batch: 2 }], resume });
    expect(resumeChanges({ ...longer, resume }).map(({ name, before, now }) => [name, before, now])).toEqual([
      ['phase 2: epochs', '2', '4'],
      ['phase 2: batch', '4', '2'],
      ['phase 2: average', 'false', 'true'],
    ]);
    const records = await run(longer);
    expect(records.at(-1)).toMatchObject({ phase: 1, epoch: 10 });
  });
});

describe('fewer epochs', () => {
  it('than are done are refused, and as many end the training', async () => {
    const resume = await snapshotOf({}, 16);
    await expect(run(optionsFor({ epochs: 3, resume }))).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringMatching(/have 6 epochs and is to have 3, but 4\.000 are done/),
    });
    const options = optionsFor({ epochs: 4, resume });
    expect(await run(options)).toEqual([]);
    expect(options.model.parameters).toEqual(resume.parameters);
  });

  it('leave a step for the average', async () => {
    const resume = await snapshotOf({ average: true }, 16);
    await expect(run(optionsFor({ average: true, epochs: 4, resume }))).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    expect(await run(optionsFor({ average: true, epochs: 5, resume }))).toHaveLength(4);
  });
});

describe('other changes', () => {
  it('are told: of the optimizer, the backend and the average', async () => {
    const resume = await snapshotOf({}, 5);
    const options = optionsFor({
      optimizer: sgd({ momentum: 0.9, penalties: { l2: 0.1 } }),
      backend: override(reference(), { name: 'other' }),
      average: true,
    });
    expect(resumeChanges({ ...options, resume })).toEqual([
      { name: 'average', before: 'false', now: 'true', effect: 'over the rest of the phase' },
      { name: 'momentum', before: '0.5', now: '0.9', effect: 'from the next update on' },
      { name: 'l2', before: 'none', now: '0.1', effect: 'from the next update on' },
      expect.objectContaining({ name: 'backend', before: '"reference"', now: '"other"' }),
    ]);
  });

  it('of the data are refused unless they are accepted', async () => {
    const resume = await snapshotOf({}, 5);
    const values = Uint8Array.from(data.values);
    values[3] = 1 - (values[3] as number);
    for (const other of [
      { ...data, values },
      { ...data, weights: new Float64Array(14).fill(1).fill(2, 13) },
      { values: data.values.subarray(9), count: 13, width: 9 },
    ]) {
      const options = optionsFor({ data: other, resume });
      await expect(run(options)).rejects.toMatchObject({
        code: 'RUN_CHANGED',
        message: expect.stringContaining('data.'),
      });
      expect(resumeChanges({ ...options, resume, acceptOtherData: true })).toMatchObject([{ now: expect.anything() }]);
      expect((await run({ ...options, acceptOtherData: true })).at(-1)?.step).toBeGreaterThan(18);
    }
    await expect(run(optionsFor({ acceptOtherData: true }))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it.each<[string, Partial<TrainOptions>, RegExp]>([
    ['hidden units', { model: newModel(5) }, /model\.layers\[1\]\.units was 4 and is 5/],
    ['the estimator', { estimator: exact() }, /estimator was "cd" and is "exact"/],
    ['its settings', { estimator: cd({ k: 3 }) }, /estimator\.settings\.k was 1 and is 3/],
    ['the seed', { random: generator(9) }, /random\.key\[0\] was \d+ and is \d+\. Give the seed/],
    ['the optimizer', { optimizer: { ...sgd(), kind: 'other' } }, /optimizer was "sgd" and is "other"/],
  ])('of %s are refused', async (_, change, message) => {
    const resume = await snapshotOf({}, 5);
    const options = optionsFor({ ...change, resume });
    const before = options.model.parameters.slice();
    await expect(run(options)).rejects.toMatchObject({ code: 'RUN_CHANGED', message: expect.stringMatching(message) });
    expect(() => resumeChanges({ ...options, resume })).toThrow(RbmError);
    expect(options.model.parameters).toEqual(before);
    expect(options.backend.memory()).toEqual(reference().memory());
  });

  it('of the version of snapshots are refused', async () => {
    const resume = { ...(await snapshotOf({}, 5)), version: 2 } as never;
    await expect(run(optionsFor({ resume }))).rejects.toThrow(/version 2.* reads version 1/);
  });
});
