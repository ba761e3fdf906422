import { describe, expect, test } from 'vitest';
import type { Samples } from '../contracts/dataset.js';
import { bernoulli } from '../layers/bernoulli.js';
import { binomial } from '../layers/binomial.js';
import { gaussian } from '../layers/gaussian.js';
import type { Layer } from '../layers/layer.js';
import { potts } from '../layers/potts.js';
import { relu } from '../layers/relu.js';
import { spin } from '../layers/spin.js';
import { createModel } from '../models/create-model.js';
import { conditionalLogProbability } from '../models/energy.js';
import { type EnergyModel, parameter } from '../models/model.js';
import { independent, rbm } from '../models/rbm.js';
import {
  bruteForce,
  codeOf,
  differentiate,
  directEnergy,
  directStatistics,
  distance,
  flatten,
  jointStates,
  logSum,
  normals,
  oneHot,
  randomDeep,
  randomIndependent,
  randomLabelled,
  randomNetworks,
  randomRbm,
  randomSamples,
  type State,
  spinOne,
  sum,
  visibleRow,
} from './brute-force.testing.js';
import { entropy } from './empirical.js';
import { enumerate } from './enumerate.js';
import { statesToEnumerate } from './enumeration-plan.js';
import { exactGradient } from './exact-gradient.js';
import { cost, klDivergence, logLikelihood, logProbability } from './likelihood.js';
import { visibleDistribution } from './visible-distribution.js';

function randomised(visible: Layer, hidden: Layer, seed: number, scale = 1): EnergyModel {
  const model = rbm({ visible, hidden });
  model.parameters.set(normals(seed, model.layout.length, scale));
  return model;
}

/** The states of all units, but those of hidden layers that are independent given the rest. */
const networkStates = [32, 27, 32, 64, 16, 64];

const models: [string, EnergyModel, states: number][] = [
  ['one unit on each side', randomRbm(1, 1, 1), 2],
  ['fewer hidden units', randomRbm(7, 3, 2), 8],
  ['fewer visible units', randomRbm(2, 6, 3), 4],
  ['a deep model', randomDeep(3, 4, 3, 5), 16],
  ['a deep model with a large middle', randomDeep(2, 6, 2, 6), 16],
  ['a model with labels', randomLabelled(3, 3, 2, 7), 4],
  ['a model with labels, many hidden units', randomLabelled(2, 3, 5, 8), 12],
  ['independent units', randomIndependent(5, 9), 1],
  ['spins of −1, 0, 1 on the smaller side', randomised(bernoulli(6), spinOne(3), 10), 27],
  ['one-hot units on the smaller side', randomised(oneHot(3, 3), bernoulli(6), 11), 27],
  ['two full batches, the likelier states last', sumOut(1, lastUnitOn(randomRbm(9, 2, 4))), 512],
  // 3^6 = 729 = 2 · 256 + 217: the last batch is shorter.
  ['spins, a short last batch', sumOut(0, randomised(bernoulli(2), spinOne(6), 12)), 729],
  ['one-hot units, a short last batch', sumOut(1, randomised(oneHot(6, 3), bernoulli(2), 13)), 729],
  ...randomNetworks().map(([name, model], n): [string, EnergyModel, number] => [
    name,
    model,
    networkStates[n] as number,
  ]),
];

/** The states of the last visible unit change last, so that the greatest weights come when others are summed already. */
function lastUnitOn(model: EnergyModel): EnergyModel {
  parameter(model, 'visible.bias').fill(8, 8, 9);
  return model;
}

/** The model with one layer that can only be summed out, so that the other side is visited though it is larger. */
function sumOut(layer: number, model: EnergyModel): EnergyModel {
  return { ...model, layers: model.layers.map((one, l) => (l === layer ? { ...one, states: null } : one)) };
}

describe.each(models)('%s', (_, model, states) => {
  const all = bruteForce({ ...model, layers: model.layers.map((layer) => ({ ...layer, states: layer.states ?? 2 })) });

  test('log Z, marginals and statistics are those of the sum over all states', async () => {
    const exact = await enumerate(model);
    expect(exact.states).toBe(states);
    expect(statesToEnumerate(model)).toBe(states);
    expect(Math.abs(exact.logPartition - all.logPartition)).toBeLessThan(1e-12);
    expect(
      distance(
        exact.statistics,
        all.average((state) => directStatistics(model, state)),
      ),
    ).toBeLessThan(1e-12);
    expect(Object.keys(exact.means)).toEqual(model.names);
    model.names.forEach((name, l) => {
      const mean = all.average((state) => state[l] as number[]);
      expect(distance(exact.means[name] as Float64Array, mean)).toBeLessThan(1e-12);
    });
  });
});

test.each([models[1], models[2], models[3], models[5], models[8]] as typeof models)(
  '%s: statistics are the slope of log Z, by finite differences',
  async (_, model) => {
    const { statistics } = await enumerate(model);
    const slope = await differentiate(model, async (changed) => (await enumerate(changed)).logPartition);
    expect(distance(statistics, slope)).toBeLessThan(1e-8);
  },
);

test('the constant part of the energy shifts log Z', async () => {
  const model = randomRbm(3, 2, 1);
  const { logPartition } = await enumerate(model);
  expect((await enumerate({ ...model, constant: 2.5 })).logPartition).toBeCloseTo(logPartition - 2.5, 13);
});

test('large weights neither overflow nor underflow', async () => {
  const model = randomRbm(5, 6, 12, 200);
  const exact = await enumerate(model);
  const all = bruteForce(model);
  expect(all.logPartition).toBeGreaterThan(710);
  expect(Math.abs(exact.logPartition / all.logPartition - 1)).toBeLessThan(1e-13);
  expect(
    distance(
      exact.statistics,
      all.average((state) => directStatistics(model, state)),
    ),
  ).toBeLessThan(1e-9);
  // All energies far above 0.
  model.parameters.fill(-200, 0, 11);
  model.parameters.fill(0, 11);
  expect((await enumerate({ ...model, constant: 5000 })).logPartition).toBeCloseTo(-5000, 9);
});

describe('enumerate', () => {
  test('refuses what is over the limit, and says the limit', async () => {
    const model = randomRbm(20, 12, 1);
    const error = await enumerate(model, { limit: 2 ** 10 }).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'SIZE_LIMIT', message: expect.stringMatching(/2\^12 states.*2\^10\./) });
    expect(await codeOf(() => enumerate(randomRbm(21, 22, 1)))).toBe('SIZE_LIMIT');
    expect(await codeOf(() => enumerate(model, { limit: Number.NaN }))).toBe('SIZE_LIMIT');
    expect((await enumerate(randomRbm(10, 10, 1), { limit: 2 ** 10 })).states).toBe(2 ** 10);
    const unbounded = rbm({ visible: { ...bernoulli(2), states: null }, hidden: { ...bernoulli(2), states: null } });
    expect(await codeOf(() => enumerate(unbounded))).toBe('UNSUPPORTED');
  });

  test('reports progress up to 1', async () => {
    const shares: number[] = [];
    await enumerate(randomRbm(10, 10, 1, 0.1), { progress: (share) => shares.push(share) });
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
  });

  test('stops when it is aborted', async () => {
    const controller = new AbortController();
    let calls = 0;
    const progress = (): void => {
      calls++;
      if (calls === 2) controller.abort('enough');
    };
    const error = await enumerate(randomRbm(12, 12, 1), { signal: controller.signal, progress }).catch((e: Error) => e);
    expect(error).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(calls).toBe(2);
  });

  test('belongs to the parameters at the call, whatever happens to them meanwhile', async () => {
    const model = randomRbm(10, 10, 3, 0.2);
    const before = await enumerate(model);
    const spoil = (): void => {
      model.parameters.fill(1);
    };
    expect(await enumerate(model, { progress: spoil })).toEqual(before);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e308])('refuses a parameter of %s', async (value) => {
    const model = randomRbm(3, 2, 1);
    model.parameters.fill(value);
    expect(await codeOf(() => enumerate(model))).toBe('NOT_FINITE');
  });
});

describe('probabilities', () => {
  const model = randomRbm(4, 3, 21);
  const all = bruteForce(model);
  const values = {
    visible: flatten(all.states.map((state) => state[0] as number[])),
    hidden: flatten(all.states.map((state) => state[1] as number[])),
  };

  test('of joint states are exp(−E) / Z', async () => {
    const { logPartition } = await enumerate(model);
    expect(distance(logProbability(model, values, logPartition).map(Math.exp), all.probabilities)).toBeLessThan(1e-13);
  });

  test('of visible states are sums over the hidden ones, and sum to 1', async () => {
    const { logPartition } = await enumerate(model);
    const rows = jointStates(model, [0]).map(([v]) => v as number[]);
    const marginal = rows.map((row) => all.probability(([v]) => (v as number[]).join() === row.join()));
    expect(distance(logLikelihood(model, flatten(rows), logPartition).map(Math.exp), marginal)).toBeLessThan(1e-13);
    expect(
      distance(logProbability(model, { visible: flatten(rows) }, logPartition).map(Math.exp), marginal),
    ).toBeLessThan(1e-13);
    expect(sum(marginal)).toBeCloseTo(1, 13);
  });
});

describe.each([models[1], models[5], models[7], models[9]] as typeof models)(
  'the visible distribution: %s',
  (_, model) => {
    test('lists every state once with its probability, the first unit fastest', () => {
      const { states, probabilities, count } = visibleDistribution(model);
      const all = bruteForce(model);
      const marginal = new Map<string, number>();
      all.states.forEach((state, s) => {
        const key = visibleRow(model, state).join();
        marginal.set(key, (marginal.get(key) ?? 0) + (all.probabilities[s] as number));
      });
      expect(count).toBe(marginal.size);
      const width = states.length / count;
      const keys = Array.from({ length: count }, (_, n) => states.slice(n * width, (n + 1) * width).join());
      expect(new Set(keys).size).toBe(count);
      expect(
        distance(
          probabilities,
          keys.map((key) => marginal.get(key) as number),
        ),
      ).toBeLessThan(1e-13);
      const unitWidth = (model.layers[model.visible[0] as number] as Layer).width;
      expect([...states.slice(0, width)].slice(unitWidth)).toEqual(
        [...states.slice(width, 2 * width)].slice(unitWidth),
      );
    });
  },
);

test('a list of visible states has a limit', async () => {
  expect(await codeOf(() => visibleDistribution(randomRbm(5, 2, 1), 31))).toBe('SIZE_LIMIT');
  expect(visibleDistribution(randomRbm(5, 2, 1), 32).count).toBe(32);
});

describe('the cost', () => {
  const cases: [string, EnergyModel, Samples][] = [
    ['an RBM', randomRbm(4, 3, 31), randomSamples(32, 7, 4)],
    ['a model with labels', randomLabelled(2, 3, 2, 33), labelled(34)],
    ['independent units', randomIndependent(4, 35), randomSamples(36, 7, 4)],
  ];

  test.each(cases)('%s: is −⟨log P⟩ by the definition', async (_, model, data) => {
    const all = bruteForce(model);
    const rows = Array.from({ length: data.count }, (_, n) => [
      ...data.values.slice(n * data.width, (n + 1) * data.width),
    ]);
    const logs = rows.map((row) =>
      Math.log(all.probability((state) => visibleRow(model, state).join() === row.join())),
    );
    const { logPartition } = await enumerate(model);
    expect(cost(model, data, logPartition)).toBeCloseTo(-sum(logs) / data.count, 12);
    expect(klDivergence(model, data, logPartition)).toBeCloseTo(-sum(logs) / data.count - entropy(data), 12);
  });

  test.each(cases)(
    '%s: its gradient is its slope in every parameter, and the difference of the phases',
    async (_, model, data) => {
      const { positive, negative, gradient } = exactGradient(model, data, await enumerate(model));
      const slope = await differentiate(model, async (changed) =>
        cost(changed, data, (await enumerate(changed)).logPartition),
      );
      expect(distance(gradient, slope)).toBeLessThan(1e-8);
      expect(
        distance(
          gradient,
          negative.map((n, i) => n - (positive[i] as number)),
        ),
      ).toBe(0);
      const mean = (state: State): number => -directEnergy(model, state);
      // ⟨−E⟩ of the model is linear in its parameters.
      const average = negative.reduce((total, s, i) => total + s * (model.parameters[i] as number), 0);
      expect(average).toBeCloseTo(bruteForce(model).average((state) => [mean(state)])[0] as number, 11);
    },
  );

  test('the positive phase sums hidden units out by P(h | v)', async () => {
    const model = randomRbm(3, 2, 37);
    const v = [1, 0, 1];
    const { positive } = exactGradient(
      model,
      { values: Float64Array.from(v), count: 1, width: 3 },
      await enumerate(model),
    );
    const hidden = jointStates(model, [1]).map(([, h]) => [v, h as number[]]);
    const logs = hidden.map((state) => -directEnergy(model, state));
    const expected = model.parameters.map((_, i) =>
      sum(
        hidden.map(
          (state, n) => Math.exp((logs[n] as number) - logSum(logs)) * (directStatistics(model, state)[i] as number),
        ),
      ),
    );
    expect(distance(positive, expected)).toBeLessThan(1e-13);
  });

  test('weighted samples count like duplicated ones', async () => {
    const model = randomRbm(3, 2, 38);
    const exact = await enumerate(model);
    const weighted: Samples = {
      values: Uint8Array.of(1, 0, 1, 0, 1, 1),
      count: 2,
      width: 3,
      weights: Float64Array.of(2, 1),
    };
    const duplicated: Samples = { values: Uint8Array.of(1, 0, 1, 0, 1, 1, 1, 0, 1), count: 3, width: 3 };
    expect(cost(model, weighted, exact.logPartition)).toBeCloseTo(cost(model, duplicated, exact.logPartition), 13);
    expect(klDivergence(model, weighted, exact.logPartition)).toBeCloseTo(
      klDivergence(model, duplicated, exact.logPartition),
      13,
    );
    const [a, b] = [weighted, duplicated].map((data) => exactGradient(model, data, exact).gradient) as [
      Float64Array,
      Float64Array,
    ];
    expect(distance(a, b)).toBeLessThan(1e-14);
  });

  test('KL is 0, and so is the gradient, for data distributed like the model; else it is positive', async () => {
    const model = randomRbm(4, 3, 39);
    const exact = await enumerate(model);
    const { states, probabilities, count } = visibleDistribution(model);
    const own: Samples = { values: states, count, width: 4, weights: probabilities };
    expect(Math.abs(klDivergence(model, own, exact.logPartition))).toBeLessThan(1e-13);
    expect(distance(exactGradient(model, own, exact).gradient, new Float64Array(model.layout.length))).toBeLessThan(
      1e-13,
    );
    for (const seed of [1, 2, 3]) {
      expect(klDivergence(model, randomSamples(seed, 50, 4), exact.logPartition)).toBeGreaterThan(0.01);
    }
  });

  test('samples of another width are refused', async () => {
    const model = randomRbm(4, 3, 31);
    const exact = await enumerate(model);
    // 6 · 2 numbers are three samples of width 4, too: the numbers alone do not tell.
    const narrow = randomSamples(1, 6, 2);
    expect(await codeOf(() => cost(model, narrow, exact.logPartition))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(() => exactGradient(model, narrow, exact))).toBe('SHAPE_MISMATCH');
  });
});

/** Samples of two pixels and a one-hot label of three. */
function labelled(seed: number): Samples {
  const pixels = randomSamples(seed, 5, 2).values;
  const rows = Array.from({ length: 5 }, (_, n) => [
    ...pixels.slice(2 * n, 2 * n + 2),
    ...[0, 1, 2].map((k) => (k === n % 3 ? 1 : 0)),
  ]);
  return { values: flatten(rows), count: 5, width: 5 };
}

describe('continuous units', () => {
  /** Parameters and weights of order 1, precisions from 1 up: every pair of them is normalisable. */
  const moderate = (model: EnergyModel, seed: number): EnergyModel => {
    const random = normals(seed, model.layout.length, 0.3);
    for (const { name, offset, length } of model.layout.arrays) {
      for (let i = offset; i < offset + length; i++) {
        model.parameters[i] = name.endsWith('precision') ? 1 + Math.abs(random[i] as number) : (random[i] as number);
      }
    }
    return model;
  };
  const pair = (visible: Layer, hidden: Layer, seed: number): EnergyModel => moderate(rbm({ visible, hidden }), seed);
  const deep = (): EnergyModel =>
    moderate(
      createModel({
        kind: 'test/deep',
        layers: [
          { name: 'visible', layer: gaussian(1), visible: true },
          { name: 'lower', layer: gaussian(1) },
          { name: 'upper', layer: gaussian(1) },
        ],
        interactions: [
          { kind: 'dense', name: 'first', between: [0, 1] },
          // The upper layer first: rows of the weights belong to it.
          { kind: 'dense', name: 'second', between: [2, 1] },
        ],
        blocks: [[1], [0, 2]],
      }),
      9,
    );
  const models: [string, EnergyModel, states: number][] = [
    ['Gaussian – Gaussian, 1 × 1', pair(gaussian(1), gaussian(1), 1), 0],
    ['Gaussian – Gaussian, 2 × 1', pair(gaussian(2), gaussian(1), 2), 0],
    ['a chain of three Gaussian layers', deep(), 0],
    ['Gaussian – Bernoulli', pair(gaussian(2), bernoulli(2), 3), 4],
    ['Bernoulli – Gaussian', pair(bernoulli(3), gaussian(1), 4), 8],
    ['Potts – Gaussian', pair(potts(2, { categories: 3 }), gaussian(1), 5), 9],
    ['ReLU – spin', pair(relu(2), spin(2), 6), 4],
    ['binomial – ReLU', pair(binomial(2, { trials: 3 }), relu(1), 7), 16],
    ['ReLU units alone', moderate(independent(relu(2)), 8), 1],
  ];

  test.each(models)('%s: log Z, means and statistics are those of quadrature', async (_, model, states) => {
    const exact = await enumerate(model);
    const wanted = quadrature(model);
    expect(exact.states).toBe(states);
    expect(Math.abs(exact.logPartition - wanted.logPartition)).toBeLessThan(1e-7);
    expect(distance(exact.statistics, wanted.statistics)).toBeLessThan(1e-7);
    model.names.forEach((name, l) => {
      expect(distance(exact.means[name] as Float64Array, wanted.means[l] as number[])).toBeLessThan(1e-7);
    });
  });

  test.each(models)('%s: statistics are the slope of log Z, by finite differences', async (_, model) => {
    const { statistics } = await enumerate(model);
    const slope = await differentiate(model, async (changed) => (await enumerate(changed)).logPartition);
    expect(distance(statistics, slope)).toBeLessThan(1e-8);
  });

  test.each(models)('%s: the exact gradient is the slope of the cost', async (_, model) => {
    const width = model.visible.reduce((total, l) => total + (model.layers[l] as Layer).units, 0);
    if (model.interactions.length > 1 || (model.layers[0] as Layer).width > 1) return;
    const values = normals(21, 5 * width).map((x) => {
      const { states, unbounded } = model.layers[0] as Layer;
      if (states !== null) return Math.min(states - 1, Math.round(Math.abs(x)));
      return unbounded?.support === 'real' ? x : Math.abs(x);
    });
    const data: Samples = { values, count: 5, width };
    const slope = await differentiate(model, async (changed) =>
      cost(changed, data, (await enumerate(changed)).logPartition),
    );
    expect(distance(exactGradient(model, data, await enumerate(model)).gradient, slope)).toBeLessThan(1e-8);
  });

  test('densities of the visible units integrate to 1', async () => {
    for (const hidden of [gaussian(2), bernoulli(2), spin(1)]) {
      const model = pair(gaussian(1), hidden, 11);
      const { logPartition } = await enumerate(model);
      const grid = Float64Array.from({ length: 201 }, (_, n) => -20 + 0.2 * n);
      const densities = logLikelihood(model, grid, logPartition).map((log) => 0.2 * Math.exp(log));
      expect(sum([...densities])).toBeCloseTo(1, 10);
    }
  });

  test('the constant part of the energy shifts a closed form too', async () => {
    const model = pair(gaussian(2), gaussian(2), 12);
    const { logPartition } = await enumerate(model);
    expect((await enumerate({ ...model, constant: 2.5 })).logPartition).toBeCloseTo(logPartition - 2.5, 13);
  });

  test('a hundred Gaussian units: log Z is that of summing out either side', async () => {
    const model = pair(gaussian(60), gaussian(40), 13);
    for (const { name, offset, length } of model.layout.arrays) {
      if (name === 'weights')
        for (let i = offset; i < offset + length; i++) model.parameters[i] = 0.2 * (model.parameters[i] as number);
    }
    const exact = await enumerate(model);
    // A normal distribution at its mean: log density −½ log det(2π C), and the energy there is its least.
    const mean = { visible: exact.means.visible as Float64Array, hidden: exact.means.hidden as Float64Array };
    const slope = 1e-4;
    const here = logProbability(model, mean, exact.logPartition)[0] as number;
    const visible = mean.visible.slice();
    visible[7] = (visible[7] as number) + slope;
    const there = logProbability(model, { ...mean, visible }, exact.logPartition)[0] as number;
    expect(there).toBeLessThan(here);
    expect(here - there).toBeLessThan(slope ** 2);
    const marginal = logLikelihood(model, mean.visible, exact.logPartition)[0] as number;
    const conditional = conditionalLogProbability(model, 'hidden', mean)[0] as number;
    expect(marginal + conditional).toBeCloseTo(here, 9);
  });

  test.each([
    ['Gaussian – ReLU', pair(gaussian(2), relu(1), 14)],
    ['ReLU – ReLU', pair(relu(1), relu(2), 15)],
  ] as const)('%s has no exact answer, and says so', async (_, model) => {
    const error = await enumerate(model).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('"hidden" (relu)') });
  });

  test('many binary units beside Gaussian ones are too many, not unsupported', async () => {
    expect(await codeOf(() => enumerate(pair(gaussian(2), bernoulli(1100), 16)))).toBe('SIZE_LIMIT');
  });

  test('what is not normalisable is refused', async () => {
    const model = rbm({ visible: gaussian(1), hidden: gaussian(1), weights: [1] });
    expect(await codeOf(() => enumerate(model))).toBe('NOT_NORMALISABLE');
    const negative = rbm({ visible: gaussian(1), hidden: bernoulli(1) });
    parameter(negative, 'visible.precision')[0] = -1;
    expect(await codeOf(() => enumerate(negative))).toBe('NOT_NORMALISABLE');
  });

  test('there is no KL divergence from samples to a density', async () => {
    const model = pair(gaussian(1), bernoulli(1), 17);
    const data: Samples = { values: Float64Array.of(0.5), count: 1, width: 1 };
    const { logPartition } = await enumerate(model);
    expect(cost(model, data, logPartition)).toBeGreaterThan(0);
    expect(await codeOf(() => klDivergence(model, data, logPartition))).toBe('UNSUPPORTED');
  });
});

/** The points of one unit with the logs of their weights: states, or a rule of quadrature. */
function points({ kind, states, width, settings }: Layer): { x: number[]; logWeight: number }[] {
  if (kind === 'gaussian') {
    // The trapezoidal rule, which is exact to 1e-15 for smooth functions that vanish at both ends.
    return Array.from({ length: 41 }, (_, n) => ({ x: [-8 + 0.4 * n], logWeight: Math.log(0.4) }));
  }
  if (kind === 'relu') {
    const [step, count] = [0.025, 320];
    return Array.from({ length: count + 1 }, (_, n) => {
      const simpson = n === 0 || n === count ? 1 : n % 2 === 1 ? 4 : 2;
      return { x: [n * step], logWeight: Math.log((step * simpson) / 3) };
    });
  }
  return Array.from({ length: states as number }, (_, s) => {
    if (kind === 'spin') return { x: [2 * s - 1], logWeight: 0 };
    if (width > 1) return { x: Array.from({ length: width }, (_, k) => (k === s ? 1 : 0)), logWeight: 0 };
    const trials = settings.trials ?? 1;
    let ways = 1;
    for (let k = 1; k <= s; k++) ways = (ways * (trials - k + 1)) / k;
    return { x: [s], logWeight: Math.log(ways) };
  });
}

/** Sums over all points of all units, from the formula of the energy. */
function quadrature(model: EnergyModel): { logPartition: number; statistics: number[]; means: number[][] } {
  const units = model.layers.flatMap((layer, l) => Array.from({ length: layer.units }, () => l));
  const choices = units.map((l) => points(model.layers[l] as Layer));
  const value = (name: string): Float64Array => parameter(model, name);
  let total = 0;
  const statistics = new Array<number>(model.layout.length).fill(0);
  const means = model.layers.map((layer) => new Array<number>(layer.units * layer.width).fill(0));
  const state: number[][] = model.layers.map(() => []);
  const visit = (unit: number, logWeight: number): void => {
    if (unit < units.length) {
      const row = state[units[unit] as number] as number[];
      for (const point of choices[unit] as { x: number[]; logWeight: number }[]) {
        row.push(...point.x);
        visit(unit + 1, logWeight + point.logWeight);
        row.length -= point.x.length;
      }
      return;
    }
    // −∂E/∂λ in the order of the layout; the energy is linear in the parameters.
    const own: number[] = [];
    let log = logWeight;
    for (const { name } of model.layout.arrays) {
      const interaction = model.interactions.find((candidate) => candidate.name === name);
      const row = state[model.names.indexOf(name.split('.')[0] as string)] as number[];
      const part = interaction
        ? (state[interaction.between[0]] as number[]).flatMap((x) =>
            (state[interaction.between[1]] as number[]).map((y) => x * y),
          )
        : row.map((x) => (name.endsWith('precision') ? -0.5 * x * x : x));
      const lambda = value(name);
      for (const [i, s] of part.entries()) log += s * (lambda[i] as number);
      own.push(...part);
    }
    const weight = Math.exp(log);
    total += weight;
    for (const [i, s] of own.entries()) statistics[i] = (statistics[i] as number) + weight * s;
    for (const [l, row] of state.entries()) {
      for (const [i, x] of row.entries())
        (means[l] as number[])[i] = ((means[l] as number[])[i] as number) + weight * x;
    }
  };
  visit(0, 0);
  return {
    logPartition: Math.log(total) - model.constant,
    statistics: statistics.map((s) => s / total),
    means: means.map((row) => row.map((x) => x / total)),
  };
}
