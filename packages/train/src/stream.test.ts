import { bernoulli, type EnergyModel, gaussian, generator, RbmError, rbm, reference, type Samples } from '@rbm/core';
import type { Buffer, GradientEstimator, Monitor, TrainingSnapshot } from '@rbm/core/contracts';
import { decodeSnapshot, encodeSnapshot } from '@rbm/formats';
import { gibbs, temper } from '@rbm/samplers';
import { override } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { resumeChanges } from './resume.js';
import { mixed, samples as samplesOf } from './samples.testing.js';
import { sgd } from './sgd.js';
import { noted } from './source.testing.js';
import { type StreamOptions, streamSamples } from './stream.js';
import { tempered } from './tempered.js';
import { type TrainingRecord, type TrainOptions, train } from './train.js';

const COUNT = 53;
const random = generator(7);
/** Rows that differ: the number of each in binary. */
const data: Samples = {
  values: Uint8Array.from({ length: 6 * COUNT }, (_, n) => (Math.floor(n / 6) >> (n % 6)) & 1),
  count: COUNT,
  width: 6,
};
const weights = Float64Array.from({ length: COUNT }, (_, n) => 1 + random.uniform(0, n, 0, 0));
const weighted: Samples = { ...data, weights };

function newModel(): EnergyModel {
  return rbm({ visible: bernoulli(6), hidden: bernoulli(3), random: generator(3), scale: 0.1 });
}

/** 53 rows in batches of 8, for 3 epochs: 21 steps. */
function optionsFor(more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: newModel(),
    data,
    backend: reference(),
    estimator: pcd({ sampler: gibbs(), chains: 5 }),
    optimizer: sgd({ momentum: 0.5 }),
    rate: { from: 0.1, to: 0.01 },
    batch: 8,
    epochs: 3,
    random: generator(1),
    every: 1,
    ...more,
  };
}

const small: Omit<StreamOptions, 'model'> = { blockRows: 5, windowBlocks: 3 };

async function run(options: TrainOptions): Promise<TrainingRecord[]> {
  const records: TrainingRecord[] = [];
  for await (const record of train(options)) records.push(record);
  return records;
}

/** The same estimator, which notes the numbers of the rows of each batch. */
function watching(estimator: GradientEstimator, seen: number[][]): GradientEstimator {
  return {
    ...estimator,
    bind(program, rows) {
      const estimation = estimator.bind(program, rows);
      return override(estimation, {
        estimate: async (batch, state, given, options) => {
          const values = await program.backend.read(batch.visible[0] as Buffer);
          seen.push(
            Array.from({ length: batch.rows }, (_, row) =>
              values.subarray(6 * row, 6 * row + 6).reduce((sum, bit, i) => sum + bit * 2 ** i, 0),
            ),
          );
          return estimation.estimate(batch, state, given, options);
        },
      });
    },
  };
}

const estimators: readonly (readonly [string, () => GradientEstimator])[] = [
  ['cd', () => cd({ k: 2 })],
  ['pcd', () => pcd({ sampler: gibbs() })],
  ['tempered', () => tempered({ sampler: temper({ ladder: 3 }), chains: 3 })],
  ['exact', () => exact()],
];

describe.each(estimators)('training from a source, with %s', (_, estimator) => {
  it.each([
    ['', data],
    ['weighted ', weighted],
  ])('is that on %ssamples in memory, bit for bit, where one window holds all rows', async (_, samples) => {
    const memory = optionsFor({ estimator: estimator(), data: samples });
    await run(memory);
    const source = noted(samples);
    const stream = await streamSamples(source, { model: memory.model, blockRows: 7, windowBlocks: 8 });
    const options = optionsFor({ estimator: estimator(), data: stream });
    await run(options);
    expect(options.model.parameters).toEqual(memory.model.parameters);
    // Once to be checked, once to be trained on.
    expect(source.reads).toHaveLength(2 * Math.ceil(COUNT / 7));
  });

  it('sees each row once an epoch, with its weight, and keeps two windows', async () => {
    const seen: number[][] = [];
    const source = noted(weighted);
    const options = optionsFor({ estimator: watching(estimator(), seen) });
    const stream = await streamSamples(source, { model: options.model, ...small, excerptRows: 2 });
    await run({ ...options, data: stream });
    const rows = seen.flat();
    for (let epoch = 0; epoch < 3; epoch++) {
      const own = rows.slice(epoch * COUNT, (epoch + 1) * COUNT);
      expect(own.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    }
    expect(rows.slice(0, COUNT)).not.toEqual(rows.slice(COUNT, 2 * COUNT));
    expect(seen.map(({ length }) => length)).toEqual([...Array(3)].flatMap(() => [8, 8, 8, 8, 8, 8, 5]));
    // The block that was checked, and two windows of three blocks.
    expect(source.heldRows()).toBe(5 + 2 * 15);
    expect(source.pending).toBe(0);
    expect(options.backend.memory()).toEqual(reference().memory());
  });

  it('goes on from a snapshot of any step as if it had not been interrupted', async () => {
    const options = async (more: Partial<TrainOptions> = {}): Promise<TrainOptions> => {
      const model = newModel();
      const stream = await streamSamples(noted(weighted), { model, ...small });
      const laterPhases = [{ epochs: 1, batch: 11, estimator: cd(), every: 1 }];
      return optionsFor({ estimator: estimator(), model, data: stream, laterPhases, ...more });
    };
    const whole = await options();
    const snapshots: TrainingSnapshot[] = [];
    for await (const record of train(whole)) {
      snapshots.push(decodeSnapshot(encodeSnapshot(await record.snapshot()), 'file').snapshot);
    }
    expect(snapshots).toHaveLength(21 + 5);
    for (const resume of snapshots) {
      const resumed = await options({ resume });
      expect(resumeChanges({ ...resumed, resume })).toEqual([]);
      await run(resumed);
      expect(resumed.model.parameters).toEqual(whole.model.parameters);
    }
  });
});

describe('a window', () => {
  it('is read while the one before is trained on', async () => {
    const source = noted(data);
    const options = optionsFor({ batch: 5 });
    const stream = await streamSamples(source, { model: options.model, ...small });
    const checked = source.reads.length;
    const ahead: number[] = [];
    for await (const { step } of train({ ...options, epochs: 1, data: stream })) {
      if (step === 1) await new Promise((resolve) => setTimeout(resolve, 50));
      ahead.push(source.reads.length - checked);
    }
    // After the first of three batches of the first window, the three blocks of the second have been read.
    expect(ahead[1]).toBe(6);
    // None is read beyond the end.
    expect(ahead.at(-1)).toBe(Math.ceil(COUNT / 5));
  });

  it('smaller than a batch serves it with others', async () => {
    const seen: number[][] = [];
    const options = optionsFor({ estimator: watching(cd(), seen), batch: 40 });
    const source = noted(data);
    const stream = await streamSamples(source, { model: options.model, blockRows: 4, windowBlocks: 1 });
    await run({ ...options, data: stream });
    expect(seen.map(({ length }) => length)).toEqual([40, 13, 40, 13, 40, 13]);
    expect(new Set(seen.slice(0, 2).flat()).size).toBe(COUNT);
    expect(source.heldRows()).toBe(12);
  });
});

describe('a source', () => {
  it('is given to train as it is, too', async () => {
    const options = optionsFor({ data: noted(data) });
    await run(options);
    const memory = optionsFor();
    await run(memory);
    expect(options.model.parameters).toEqual(memory.model.parameters);
  });

  it('of several visible layers and grey levels is trained on as samples are', async () => {
    const values = [0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0.5, 0, 0, 1, 0.25, 0, 0, 1, 0];
    const grey = samplesOf(values, 5, [1, 2, 5, 1]);
    const options = optionsFor({
      model: { ...mixed, parameters: mixed.parameters.slice() },
      data: grey,
      batch: 3,
      estimator: cd(),
    });
    await run(options);
    const other = { ...options, model: { ...mixed, parameters: mixed.parameters.slice() } };
    const stream = await streamSamples(noted(grey), { model: other.model, blockRows: 2 });
    expect(stream.kinds).toEqual(['means', 'states']);
    await run({ ...other, data: stream });
    expect(other.model.parameters).toEqual(options.model.parameters);
  });

  it('is shown to monitors by rows that are evenly spread over it', async () => {
    const seen: Samples[] = [];
    const monitor: Monitor = {
      specVersion: 1,
      name: 'look',
      measure: async ({ train: shown }) => {
        seen.push(shown);
        return {};
      },
    };
    const options = optionsFor({ monitors: [monitor], epochs: 1 });
    const labels = Uint8Array.from({ length: COUNT }, (_, n) => n);
    const stream = await streamSamples(noted({ ...weighted, labels }), {
      model: options.model,
      ...small,
      excerptRows: 10,
    });
    await run({ ...options, data: stream });
    const expected = Array.from({ length: 10 }, (_, n) => Math.floor(5.3 * n));
    expect(seen[0]).toMatchObject({ count: 10, width: 6, labels: Uint8Array.from(expected) });
    expect([...(seen[0]?.weights ?? [])]).toEqual(expected.map((row) => weights[row]));
    const whole = await streamSamples(noted(data), { model: options.model, ...small });
    expect(whole.excerpt).toEqual(data);
  });

  it('has blocks of 4 MiB and an excerpt of 64 MiB at most', async () => {
    const wide = { ...noted(data), width: 2 ** 20, read: async () => {} };
    const model = rbm({ visible: bernoulli(2 ** 20), hidden: bernoulli(1) });
    const stream = await streamSamples({ ...wide, numbers: 'float32' }, { model });
    expect([stream.blockRows, stream.excerpt.count]).toEqual([1, 16]);
    const narrow = await streamSamples(noted(data), { model: newModel() });
    expect([narrow.blockRows, narrow.windowBlocks, narrow.excerpt.count]).toEqual([COUNT, 16, COUNT]);
  });

  it.each<[string, Partial<Samples>, RegExp]>([
    ['a value', { values: data.values.map((x, n) => (n === 6 * 31 + 2 ? 7 : x)) }, /Sample 31 .* 7 at position 2/],
    ['a weight', { weights: weights.map((w, n) => (n === 40 ? 0 : w)) }, /Sample 40 .* weight 0/],
    ['its width', { width: 3, count: 2 * COUNT }, /3 numbers a sample/],
    ['no rows', { count: 0 }, /has no rows/],
  ])('is refused for %s, before any work', async (_, change, message) => {
    const stream = streamSamples(noted({ ...data, ...change }), { model: newModel(), ...small });
    await expect(stream).rejects.toMatchObject({ code: 'DATA_INVALID', message: expect.stringMatching(message) });
  });

  it.each([{ blockRows: 0 }, { windowBlocks: 1.5 }, { excerptRows: Number.NaN }])(
    'is refused with %j',
    async (wrong) => {
      const stream = streamSamples(noted(data), { model: newModel(), ...wrong });
      await expect(stream).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    },
  );

  it('that was checked for another model is refused', async () => {
    const stream = await streamSamples(noted(data), { model: newModel() });
    const other = rbm({ visible: gaussian(6), hidden: bernoulli(3) });
    await expect(run(optionsFor({ model: other, data: stream }))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe('what goes wrong while reading', () => {
  async function failing(interrupt: (read: number) => void | Promise<void>, more: Partial<TrainOptions> = {}) {
    const source = noted(data, interrupt);
    const options = optionsFor(more);
    const stream = await streamSamples(source, { model: options.model, ...small });
    return { source, options: { ...options, data: stream } };
  }

  it.each([12, 15, 16, 30])(
    'in read %i ends the training there; it resumes from the last record, bit for bit',
    async (at) => {
      const truncated = new RbmError('FILE_INVALID', 'the end of the file');
      const { source, options } = await failing((read) => {
        if (read === at) throw truncated;
      });
      let snapshot: TrainingSnapshot | undefined;
      let last = options.model.parameters.slice();
      const work = (async () => {
        for await (const record of train(options)) {
          snapshot = await record.snapshot();
          last = options.model.parameters.slice();
        }
      })();
      await expect(work).rejects.toBe(truncated);
      expect(options.model.parameters).toEqual(last);
      expect(options.backend.memory()).toEqual(reference().memory());
      expect(source.pending).toBe(0);
      const whole = optionsFor();
      await run({ ...whole, data: await streamSamples(noted(data), { model: whole.model, ...small }) });
      const rest = optionsFor(snapshot ? { resume: snapshot } : {});
      await run({ ...rest, data: await streamSamples(noted(data), { model: rest.model, ...small }) });
      expect(rest.model.parameters).toEqual(whole.model.parameters);
    },
  );

  it('a block that has changed since it was checked is named', async () => {
    const changing = { ...data, values: data.values.slice() };
    const source = noted(changing);
    const options = optionsFor();
    const stream = await streamSamples(source, { model: options.model, ...small });
    const work = (async () => {
      for await (const { step } of train({ ...options, data: stream })) {
        if (step === 3) changing.values[6 * 17] = 1 - (changing.values[6 * 17] as number);
      }
    })();
    await expect(work).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/Rows 15 to 19 of rows\.bin have changed/),
    });
  });

  it('an abort ends reads too, and so does leaving the loop', async () => {
    const controller = new AbortController();
    const { source, options } = await failing(() => {}, { signal: controller.signal });
    const work = (async () => {
      for await (const { step } of train(options)) if (step === 4) controller.abort();
    })();
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(source.pending).toBe(0);
    const left = await failing(() => {});
    for await (const _ of train(left.options)) break;
    expect(left.source.pending).toBe(0);
    await expect(streamSamples(noted(data), { model: newModel(), signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('a resumed training from a source', () => {
  async function snapshotAt(step: number, options: Omit<StreamOptions, 'model'> = small): Promise<TrainingSnapshot> {
    const given = optionsFor();
    const stream = await streamSamples(noted(data), { model: given.model, ...options });
    for await (const record of train({ ...given, data: stream })) if (record.step === step) return record.snapshot();
    throw new Error('no such step');
  }

  it.each<[string, Samples, Omit<StreamOptions, 'model'>, RegExp]>([
    ['other content', { ...data, values: data.values.map((x, n) => (n === 300 ? 1 - x : x)) }, small, /data\.checksum/],
    ['other blocks', data, { ...small, blockRows: 6 }, /data\.(checksum|blocks)/],
    ['another window', data, { ...small, windowBlocks: 4 }, /data\.blocks\.window was 3 and is 4/],
    [
      'fewer rows',
      { ...data, values: data.values.subarray(6), count: COUNT - 1 },
      small,
      /data\.count was 53 and is 52/,
    ],
  ])('is refused with %s', async (_, other, options, message) => {
    const resume = await snapshotAt(5);
    const given = optionsFor({ resume });
    const stream = await streamSamples(noted(other), { model: given.model, ...options });
    const resumed = run({ ...given, data: stream });
    await expect(resumed).rejects.toMatchObject({ code: 'RUN_CHANGED', message: expect.stringMatching(message) });
  });

  it('says what to give instead of a source that was not read', async () => {
    const resume = await snapshotAt(5);
    const options = { ...optionsFor({ data: noted(data) }), resume };
    expect(() => resumeChanges(options)).toThrow(/Give what streamSamples makes of it/);
  });
});
