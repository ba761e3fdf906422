import { bernoulli, type EnergyModel, enumerate, exactGradient, generator, RbmError, rbm, reference } from '@rbm/core';
import type {
  Backend,
  Batch,
  Buffer,
  GradientEstimator,
  Monitor,
  Optimizer,
  Program,
  TrainingSnapshot,
} from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { override } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { pseudoLikelihood } from './monitors/pseudo-likelihood.js';
import { reconstructionError } from './monitors/reconstruction-error.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { type TrainingRecord, type TrainOptions, train } from './train.js';

const data = barsAndStripes(3).train;

function newModel(): EnergyModel {
  return rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(3), scale: 0.1 });
}

/** 14 samples in batches of 4 and one of 2, for 6 epochs: 24 steps. */
function optionsFor(estimator: GradientEstimator, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: newModel(),
    data,
    backend: reference(),
    estimator,
    optimizer: sgd({ momentum: 0.5, penalties: { l2: 0.01 } }),
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

/** The snapshot of a training at a step. */
async function snapshotAt(step: number, options: () => TrainOptions): Promise<TrainingSnapshot> {
  for await (const record of train({ ...options(), every: 1 })) {
    if (record.step === step) return record.snapshot();
  }
  throw new Error(`The training has no step ${step}.`);
}

/** The same estimator, but `first` is called before each estimate. */
function withEstimate(
  estimator: GradientEstimator,
  first: (context: { readonly program: Program }, batch: Batch) => Promise<void>,
): GradientEstimator {
  return {
    ...estimator,
    bind(program, rows) {
      const estimation = estimator.bind(program, rows);
      return override(estimation, {
        estimate: async (batch, state, random, options) => {
          await first({ program }, batch);
          return estimation.estimate(batch, state, random, options);
        },
      });
    },
  };
}

/** The reference backend, as if it had kernels for `sgd` and for no kind of layer. */
function hosting(): Backend {
  const right = reference();
  const backend: Backend = override(right, {
    prepare: async (model) =>
      override(await right.prepare(model), {
        backend,
        hostLayers: ['bernoulli'],
        hostInteractions: ['acme/web'],
        updatesOnHost: ({ kind }) => kind !== 'sgd',
      }),
  });
  return backend;
}

function failAtThird(): () => Promise<void> {
  let calls = 0;
  return async () => {
    if (++calls === 3) fail('estimate');
  };
}

function fail(what: string): never {
  throw new Error(`The ${what} failed on purpose.`);
}

function failing(name: string): Monitor {
  return { specVersion: 1, name, measure: async () => fail(name) };
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
    expect(await run(often)).toHaveLength(24);
    expect((await run(seldom)).map(({ step }) => step)).toEqual([10, 20, 24]);
    await run(other);
    expect(often.model.parameters).toEqual(seldom.model.parameters);
    expect(often.model.parameters).not.toEqual(other.model.parameters);
    expect(often.model.parameters).not.toEqual(newModel().parameters);
  });

  it.each([1, 7, 8, 23])('goes on from a snapshot at step %i as if it had not been interrupted', async (at) => {
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
    const records = await run(optionsFor(cd(), { every: 8 }));
    expect(records.map(({ step, steps, epoch }) => [step, steps, epoch])).toEqual([
      [8, 24, 2],
      [16, 24, 4],
      [24, 24, 6],
    ]);
    expect(records.at(-1)?.rate).toBeCloseTo(0.01, 14);
  });

  it('comes once an epoch unless asked otherwise', async () => {
    expect((await run(optionsFor(cd()))).map(({ step }) => step)).toEqual([4, 8, 12, 16, 20, 24]);
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
      [24, ['one', 'two']],
    ]);
    expect(calls).toEqual(['one 10', 'two 10', 'one 20', 'two 20', 'one 24', 'two 24']);
    expect(records[1]?.metrics.one).not.toBe(records[1]?.metrics.two);
  });
});

describe('a step', () => {
  it('moves the parameters against the gradient of its batch, at the rate of the schedule', async () => {
    const options = optionsFor(exact(), {
      optimizer: sgd(),
      batch: 14,
      epochs: 2,
      every: 1,
      rate: { from: 0.5, to: 2 },
    });
    const expected = newModel();
    const steps: Float64Array[] = [];
    for await (const { rate, step } of train(options)) {
      expect(rate).toBe(step === 1 ? 0.5 : 2);
      const { gradient } = exactGradient(expected, data, await enumerate(expected));
      gradient.forEach((g, i) => {
        expected.parameters[i] = (expected.parameters[i] as number) - rate * g;
      });
      options.model.parameters.forEach((x, i) => {
        expect(x).toBeCloseTo(expected.parameters[i] as number, 12);
      });
      steps.push(expected.parameters.slice());
    }
    expect(steps).toHaveLength(2);
  });

  it('sees every sample once an epoch, with its own weight', async () => {
    const weights = Float64Array.from({ length: 14 }, (_, n) => n + 1);
    const seen: [row: string, weight: number][] = [];
    const watching = withEstimate(cd(), async ({ program: { backend } }, batch) => {
      const values = await backend.read(batch.visible[0] as Buffer);
      const shares = await backend.read(batch.weights as Buffer);
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
      const counts = shares.map((share) => share / (shares[0] as number));
      counts.forEach((count, row) => {
        seen.push([values.subarray(row * 9, row * 9 + 9).join(), count]);
      });
    });
    await run(optionsFor(watching, { data: { ...data, weights }, batch: 7, epochs: 1 }));
    const rows = Array.from({ length: 14 }, (_, n) => data.values.subarray(n * 9, n * 9 + 9).join());
    expect(seen.map(([row]) => row).sort()).toEqual([...rows].sort());
    for (const start of [0, 7]) {
      const first = weights[rows.indexOf((seen[start] as [string, number])[0])] as number;
      for (const [row, count] of seen.slice(start, start + 7)) {
        expect(count).toBeCloseTo((weights[rows.indexOf(row)] as number) / first, 12);
      }
    }
  });

  it('reports what runs on the host', async () => {
    const own = { ...sgd(), kind: 'acme/step' };
    const backends: [Backend, Optimizer, readonly string[]][] = [
      [reference(), own, []],
      [hosting(), own, ['layer bernoulli', 'interaction acme/web', 'optimizer acme/step']],
      [hosting(), sgd(), ['layer bernoulli', 'interaction acme/web']],
    ];
    for (const [backend, optimizer, onHost] of backends) {
      for await (const record of train(optionsFor(cd(), { backend, optimizer, epochs: 1 }))) {
        expect(record.onHost).toEqual(onHost);
      }
    }
  });

  it('tells the optimizer how many came before', async () => {
    const told: number[] = [];
    const plain = sgd();
    const optimizer: Optimizer = {
      ...plain,
      update(gradient, slots, parameters, settings, layout) {
        told.push(settings.step);
        plain.update(gradient, slots, parameters, settings, layout);
      },
    };
    const options = optionsFor(cd(), { optimizer, batch: 14, epochs: 4, every: 1 });
    await run(options);
    expect(told).toEqual([0, 1, 2, 3]);
    told.length = 0;
    const resume = await snapshotAt(2, () => ({ ...options, model: newModel() }));
    told.length = 0;
    await run({ ...options, model: newModel(), resume });
    expect(told).toEqual([2, 3]);
  });
});

describe('a snapshot', () => {
  it('is left as it is by the training that goes on from it, whose model is brought up to date', async () => {
    const resume = await snapshotAt(7, () => optionsFor(cd()));
    const copy = structuredClone(resume);
    const options = optionsFor(cd(), { resume, every: 1 });
    let records = 0;
    for await (const record of train(options)) {
      records++;
      expect(record.step).toBe(7 + records);
      expect((await record.snapshot()).parameters).toEqual(options.model.parameters);
    }
    expect(records).toBe(17);
    expect(resume).toEqual(copy);
    expect(options.model.parameters).not.toEqual(copy.parameters);
  });

  it('gives the same measurements too', async () => {
    const monitors = [reconstructionError(), pseudoLikelihood()];
    const whole = await run(optionsFor(pcd({ sampler: gibbs() }), { monitors, every: 1 }));
    const resume = await snapshotAt(10, () => optionsFor(pcd({ sampler: gibbs() })));
    const rest = await run(optionsFor(pcd({ sampler: gibbs() }), { monitors, every: 1, resume }));
    expect(rest.map(({ metrics }) => metrics)).toEqual(whole.slice(10).map(({ metrics }) => metrics));
    expect(Object.keys(rest[0]?.metrics ?? {})).toHaveLength(3);
  });

  it('of a finished training gives its model, and no records', async () => {
    const whole = optionsFor(cd());
    await run(whole);
    const resumed = optionsFor(cd(), { resume: await snapshotAt(24, () => optionsFor(cd())) });
    expect(await run(resumed)).toEqual([]);
    expect(resumed.model.parameters).toEqual(whole.model.parameters);
  });

  it('is of the moment it was asked for, even if it is waited for later', async () => {
    const wanted = await snapshotAt(5, () => optionsFor(pcd({ sampler: gibbs() })));
    let late: Promise<TrainingSnapshot> | undefined;
    for await (const record of train(optionsFor(pcd({ sampler: gibbs() }), { every: 1 }))) {
      if (record.step === 5) late = record.snapshot();
    }
    expect(await late).toEqual(wanted);
  });

  it('cannot be taken of a record that has passed', async () => {
    const kept: TrainingRecord[] = [];
    for await (const record of train(optionsFor(cd(), { every: 1 }))) {
      kept.push(record);
      if (kept.length === 2) break;
    }
    await expect(kept[0]?.snapshot()).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
    await expect(kept[1]?.snapshot()).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it.each<[string, (snapshot: TrainingSnapshot) => Partial<TrainingSnapshot>]>([
    ['parameters of another length', () => ({ parameters: new Float64Array(3) })],
    ['no velocity', () => ({ optimizer: {} })],
    ['a velocity of another length', () => ({ optimizer: { velocity: new Float64Array(3) } })],
  ])('is refused with %s', async (_, change) => {
    const snapshot = await snapshotAt(3, () => optionsFor(cd()));
    const options = optionsFor(cd(), { resume: { ...snapshot, ...change(snapshot) } });
    await expect(run(options)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    expect(options.backend.memory()).toEqual(reference().memory());
    expect(options.model.parameters).toEqual(newModel().parameters);
  });
});

describe('a training that is cut short between records', () => {
  it.each(estimators)('leaves the model as the last record had it, and no memory: %s', async (_, estimator) => {
    for (const after of [1, 9, 23]) {
      let checks = 0;
      const signal = {
        get aborted() {
          return ++checks > after;
        },
      };
      const options = optionsFor(estimator(), { every: 4, signal });
      let last = newModel().parameters;
      const work = (async () => {
        for await (const _ of train(options)) last = options.model.parameters.slice();
      })();
      await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
      expect(options.model.parameters).toEqual(last);
      expect(options.backend.memory()).toEqual(reference().memory());
    }
  });

  it.each<[string, Partial<TrainOptions>]>([
    ['an estimator that does not fit the model', { estimator: exact({ limit: 2 }) }],
    ['a monitor that fails', { monitors: [failing('monitor')] }],
    ['an optimizer that fails', { optimizer: { ...sgd(), update: () => fail('optimizer') } }],
    ['an estimator that cannot be bound', { estimator: { ...cd(), bind: () => fail('bind') } }],
    ['an estimator that fails at its third step', { estimator: withEstimate(cd(), failAtThird()) }],
  ])('releases everything after %s', async (_, change) => {
    const options = optionsFor(cd(), change);
    await expect(run(options)).rejects.toThrow();
    expect(options.backend.memory()).toEqual(reference().memory());
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

  it('names step and array between records too, where an estimator notices', async () => {
    const options = optionsFor(exact(), { rate: 1e308, every: 10, batch: 14 });
    await expect(run(options)).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^After step 2, number \d+ of "weights" is/),
    });
    expect(options.model.parameters).toEqual(newModel().parameters);
  });

  it('names the step where the parameters are finite, but not what an estimator makes of them', async () => {
    let calls = 0;
    const overflow = withEstimate(cd(), async () => {
      if (++calls === 3) throw new RbmError('NOT_FINITE', 'log Z came out as Infinity.');
    });
    await expect(run(optionsFor(overflow, { every: 10 }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: 'After step 2: log Z came out as Infinity.',
      cause: { code: 'NOT_FINITE' },
    });
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
});
