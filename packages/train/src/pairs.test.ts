import {
  bernoulli,
  binomial,
  type ConditionedModel,
  cloneModel,
  condition,
  cost,
  type EnergyModel,
  type Exact,
  energy,
  enumerate,
  freeEnergy,
  gaussian,
  generator,
  potts,
  RbmError,
  rbm,
  reference,
  relu,
  type Samples,
  spin,
} from '@rbm/core';
import { type Layer, type Optimizer, rowLength } from '@rbm/core/contracts';
import { decodeModel, encodeModel } from '@rbm/formats';
import { annealedImportanceSampling, baseRates, gibbs, sample } from '@rbm/samplers';
import { describe, expect, test } from 'vitest';
import { cd, exact, pcd, sgd, train } from './index.js';

/**
 * Every kind of unit with every other: what works on each pair, and that it is right. The oracle is a sum or a quadrature
 * over all values of the visible units, by their free energies alone.
 */

const kinds: Readonly<Record<string, (units: number) => Layer>> = {
  bernoulli: (units) => bernoulli(units),
  spin: (units) => spin(units),
  potts: (units) => potts(units, { categories: 3 }),
  gaussian: (units) => gaussian(units),
  relu: (units) => relu(units),
  binomial: (units) => binomial(units, { trials: 3 }),
};
const columns = ['exact', 'AIS', 'train', 'sample', 'condition', 'save'] as const;
const pairs = Object.keys(kinds).flatMap((visible) => Object.keys(kinds).map((hidden) => ({ visible, hidden })));

/** Why a cell cannot work; all others must. */
const noExact = 'no: continuous units act on each other';
function expected(visible: string, hidden: string, column: (typeof columns)[number]): string {
  const beyond = [visible, hidden].every((kind) => kind === 'gaussian' || kind === 'relu');
  if (!beyond || (visible === 'gaussian' && hidden === 'gaussian')) return '✓';
  if (column === 'exact') return noExact;
  return column === 'train' ? '✓ cd, pcd; exact no' : '✓';
}

/** What each cell turned out to be. */
const table = new Map<string, string>();

/** Random parameters of order 0.3, precisions of 1.5: all pairs are normalisable. */
function teacher(visible: string, hidden: string): EnergyModel {
  const model = rbm({ visible: make(visible, 3), hidden: make(hidden, 2) });
  const random = generator(3).fork(`${visible} ${hidden}`);
  for (const { name, offset, length } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      model.parameters[i] = name.endsWith('precision') ? 1.5 : 0.3 * random.normal(0, i, 0, 0);
    }
  }
  return model;
}

function make(kind: string, units: number): Layer {
  return (kinds[kind] as (units: number) => Layer)(units);
}

/** The values of one unit and the weights of a sum over them. */
function rule({ kind, states, width }: Layer): { readonly values: number[][]; readonly weights: number[] } {
  if (kind === 'gaussian') {
    // The trapezoidal rule: exact for smooth functions that vanish at both ends.
    return { values: Array.from({ length: 31 }, (_, n) => [-7.5 + 0.5 * n]), weights: new Array(31).fill(0.5) };
  }
  if (kind === 'relu') {
    const simpson = Array.from({ length: 41 }, (_, n) => (0.15 / 3) * (n === 0 || n === 40 ? 1 : n % 2 === 1 ? 4 : 2));
    return { values: simpson.map((_, n) => [0.15 * n]), weights: simpson };
  }
  const values = Array.from({ length: states as number }, (_, s) =>
    width > 1 ? Array.from({ length: width }, (_, k) => (k === s ? 1 : 0)) : [kind === 'spin' ? 2 * s - 1 : s],
  );
  return { values, weights: values.map(() => 1) };
}

/** `log Z` and the means of the visible units. */
function oracle(model: EnergyModel): { logPartition: number; means: number[] } {
  const layer = model.layers[0] as Layer;
  const { values, weights } = rule(layer);
  let rows: { row: number[]; weight: number }[] = [{ row: [], weight: 1 }];
  for (let unit = 0; unit < layer.units; unit++) {
    rows = rows.flatMap(({ row, weight }) =>
      values.map((value, n) => ({ row: [...row, ...value], weight: weight * (weights[n] as number) })),
    );
  }
  const free = freeEnergy(model, Float64Array.from(rows.flatMap(({ row }) => row)));
  let total = 0;
  const means = new Array<number>(rowLength(layer)).fill(0);
  rows.forEach(({ row, weight }, n) => {
    const w = weight * Math.exp(-(free[n] as number));
    total += w;
    row.forEach((x, i) => {
      means[i] = (means[i] as number) + w * x;
    });
  });
  return { logPartition: Math.log(total), means: means.map((mean) => mean / total) };
}

/** The oracle is good to this; where states are few it is exact but for rounding. */
const ORACLE_ERROR = 5e-5;

async function draw(model: EnergyModel, count: number, seed: number): Promise<Samples> {
  const options = { model, backend: reference(), sampler: gibbs(), random: generator(seed), count, burnIn: 15 };
  return { values: (await sample(options)).values, count, width: rowLength(model.layers[0] as Layer) };
}

/** What enumeration gives, or nothing where it says that it cannot. */
async function enumerated(model: EnergyModel): Promise<Exact | undefined> {
  return enumerate(model).catch((error: unknown) => {
    if (RbmError.isInstance(error) && error.code === 'UNSUPPORTED') return undefined;
    throw error;
  });
}

async function checkExact(model: EnergyModel): Promise<string> {
  const found = await enumerated(model);
  if (!found) return noExact;
  const wanted = oracle(model);
  expect(Math.abs(found.logPartition - wanted.logPartition)).toBeLessThan(ORACLE_ERROR);
  wanted.means.forEach((mean, i) => {
    expect(Math.abs((found.means.visible?.[i] as number) - mean)).toBeLessThan(ORACLE_ERROR);
  });
  // All statistics at once, precisions included: the slope of log Z along a random direction.
  const random = generator(4);
  const direction = model.parameters.map((_, i) => random.normal(0, i, 0, 0));
  const step = 1e-4;
  const [above, below] = (await Promise.all(
    [step, -step].map((change) => {
      const parameters = model.parameters.map((p, i) => p + change * (direction[i] as number));
      return enumerate({ ...model, parameters });
    }),
  )) as [Exact, Exact];
  const slope = (above.logPartition - below.logPartition) / (2 * step);
  const statistics = found.statistics.reduce((total, s, i) => total + s * (direction[i] as number), 0);
  expect(Math.abs(slope - statistics)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
  return '✓';
}

async function checkAnnealing(model: EnergyModel): Promise<string> {
  const program = await reference().prepare(model);
  const base = baseRates(model, await draw(model, 50, 5));
  const random = generator(6);
  const estimate = await annealedImportanceSampling({ program, base, random, chains: 100, temperatures: 100 });
  program.dispose();
  expect(estimate.effectiveSampleSize).toBeGreaterThan(20);
  const error = Math.abs(estimate.logPartition - oracle(model).logPartition);
  expect(error).toBeLessThan(5 * estimate.standardError + ORACLE_ERROR);
  expect(estimate.standardError).toBeLessThan(0.2);
  return '✓';
}

async function checkTraining(model: EnergyModel): Promise<string> {
  const data = await draw(model, 40, 7);
  const worked: string[] = [];
  const [visible, hidden] = model.layers as [Layer, Layer];
  const start = rbm({ visible, hidden, random: generator(8), scale: 0.1 });
  const before = cost(start, data, oracle(start).logPartition);
  for (const estimator of [cd(), pcd({ sampler: gibbs(), chains: 20 }), exact()]) {
    const student = cloneModel(start);
    const options = { data, backend: reference(), optimizer: sgd(), rate: 0.05, batch: 20, epochs: 20 };
    try {
      for await (const record of train({ ...options, model: student, estimator, random: generator(9) })) {
        expect(record.step).toBeGreaterThan(0);
      }
    } catch (error) {
      if (!RbmError.isInstance(error) || error.code !== 'UNSUPPORTED') throw error;
      continue;
    }
    expect(cost(student, data, oracle(student).logPartition)).toBeLessThan(before);
    for (const { offset, length, minimum } of student.layout.arrays) {
      for (const value of student.parameters.subarray(offset, offset + length)) {
        expect(value).toBeGreaterThanOrEqual(Math.max(minimum, -100));
        expect(value).toBeLessThan(100);
      }
    }
    worked.push(estimator.name);
  }
  return worked.length === 3 ? '✓' : `✓ ${worked.join(', ')}; exact no`;
}

async function checkSampling(model: EnergyModel): Promise<string> {
  const { values, count, width } = await draw(model, 2000, 10);
  expect((model.layers[0] as Layer).findInvalid(values, 'states')).toBe(-1);
  oracle(model).means.forEach((wanted, i) => {
    let [sum, squares] = [0, 0];
    for (let n = 0; n < count; n++) {
      const x = values[n * width + i] as number;
      sum += x;
      squares += x * x;
    }
    const mean = sum / count;
    const standardError = Math.sqrt((squares / count - mean * mean) / count);
    expect(Math.abs(mean - wanted)).toBeLessThan(5 * standardError + ORACLE_ERROR);
  });
  return '✓';
}

async function checkConditioning(model: EnergyModel): Promise<string> {
  const { values: whole, width } = await draw(model, 1, 11);
  const conditioned: ConditionedModel = condition(model, [0, 1, 0], whole);
  const { values: free } = await draw(conditioned, 20, 12);
  const completed = conditioned.complete(free);
  const [unit] = [width / 3];
  for (let row = 0; row < 20; row++) {
    expect([...completed.subarray(row * width + unit, row * width + 2 * unit)]).toEqual([
      ...whole.subarray(unit, 2 * unit),
    ]);
  }
  const hidden = await draw(rbm({ visible: model.layers[1] as Layer, hidden: bernoulli(1) }), 20, 13);
  const parts = energy(conditioned, { visible: free, hidden: hidden.values });
  energy(model, { visible: completed, hidden: hidden.values }).forEach((e, row) => {
    expect(parts[row]).toBeCloseTo(e, 10);
  });
  // All clamped: the hidden units alone are left, and Z is that of the free energy.
  const clamped = await enumerate(condition(model, [1, 1, 1], whole));
  expect(clamped.logPartition).toBeCloseTo(-(freeEnergy(model, whole)[0] as number), 10);
  const found = await enumerated(conditioned);
  if (found) expect(Math.abs(found.logPartition - oracle(conditioned).logPartition)).toBeLessThan(ORACLE_ERROR);
  return '✓';
}

async function checkSaving(model: EnergyModel): Promise<string> {
  const { model: loaded } = decodeModel(encodeModel(model), 'pair.safetensors');
  expect(loaded.layers.map(({ kind, settings, units }) => ({ kind, settings, units }))).toEqual(
    model.layers.map(({ kind, settings, units }) => ({ kind, settings, units })),
  );
  expect(loaded.parameters).toEqual(model.parameters.map(Math.fround));
  return '✓';
}

const checks: Readonly<Record<(typeof columns)[number], (model: EnergyModel) => Promise<string>>> = {
  exact: checkExact,
  AIS: checkAnnealing,
  train: checkTraining,
  sample: checkSampling,
  condition: checkConditioning,
  save: checkSaving,
};

describe.each(pairs)('$visible – $hidden', ({ visible, hidden }) => {
  test.each(columns)('%s', async (column) => {
    const key = `${visible} ${hidden} ${column}`;
    table.set(key, '✗');
    table.set(key, await checks[column](teacher(visible, hidden)));
    expect(table.get(key)).toBe(expected(visible, hidden, column));
  });
});

test('the table of pairs', () => {
  const heading = ['visible', 'hidden', ...columns];
  const rows = pairs.map(({ visible, hidden }) => [
    visible,
    hidden,
    ...columns.map((column) => table.get(`${visible} ${hidden} ${column}`) ?? '?'),
  ]);
  const widths = heading.map((_, c) => Math.max(...[heading, ...rows].map((row) => (row[c] as string).length)));
  const line = (row: string[]): string =>
    row
      .map((cell, c) => cell.padEnd(widths[c] as number))
      .join('  ')
      .trimEnd();
  console.log([heading, ...rows].map(line).join('\n'));
  expect(rows.flat().filter((cell) => cell === '✗' || cell === '?')).toEqual([]);
});

describe('parameters without a distribution', () => {
  const pair = (weight: number): EnergyModel => rbm({ visible: gaussian(1), hidden: gaussian(1), weights: [weight] });
  const refused = { code: 'NOT_NORMALISABLE' };
  const data: Samples = { values: Float64Array.of(0.5, -0.5), count: 2, width: 1 };
  const backend = reference();

  test('are neither sampled nor annealed to', async () => {
    await expect(draw(pair(1.1), 2, 1)).rejects.toMatchObject(refused);
    const program = await backend.prepare(pair(1.1));
    const base = baseRates(program.model, data);
    const before = backend.memory();
    await expect(annealedImportanceSampling({ program, base, random: generator(1) })).rejects.toMatchObject(refused);
    expect(backend.memory()).toEqual(before);
    program.dispose();
  });

  test('are not read from a file, and the error names it', () => {
    const bytes = encodeModel(pair(1.1));
    expect(() => decodeModel(bytes, 'wild.safetensors')).toThrow(
      expect.objectContaining({ ...refused, message: expect.stringContaining('wild.safetensors: The couplings') }),
    );
  });

  /** Adds 0.3 to the weight whatever the data say: 0.3, 0.6, 0.9, and then beyond the border at 1. */
  const push: Optimizer = {
    ...sgd(),
    kind: 'test/push',
    slots: [],
    init: () => [],
    update: (_gradient, _slots, parameters) => {
      parameters[4] = (parameters[4] as number) + 0.3;
    },
  };
  const options = { data, backend, optimizer: push, rate: 0.1, batch: 2, epochs: 8, random: generator(1) };

  test('do not start a training', async () => {
    const records = train({ ...options, model: pair(-1.5), estimator: cd() });
    await expect(records.next()).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^The couplings/),
    });
  });

  test.each([
    ['at a record', cd(), 1, 0.9],
    // The estimator is the first to meet them.
    ['between records', exact(), 100, 0],
  ] as const)(
    'end a training %s, with the step named and the last good parameters kept',
    async (_, estimator, every, kept) => {
      const model = pair(0);
      let error: unknown;
      try {
        for await (const { step } of train({ ...options, model, estimator, every })) expect(step).toBeLessThan(4);
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ ...refused, message: expect.stringContaining('After step 4: The couplings') });
      expect(model.parameters[4]).toBeCloseTo(kept, 12);
      expect(backend.memory().buffers).toBe(0);
    },
  );
});
