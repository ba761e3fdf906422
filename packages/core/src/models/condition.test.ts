import { describe, expect, test } from 'vitest';
import {
  bits,
  bruteForce,
  codeOf,
  directEnergy,
  distance,
  flatten,
  logSum,
  normals,
  oneHot,
  randomDeep,
  randomIndependent,
  randomLabelled,
  randomNetworks,
  randomRbm,
  type State,
  visibleRow,
} from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { visibleDistribution } from '../exact/visible-distribution.js';
import { bernoulli } from '../layers/bernoulli.js';
import { condition } from './condition.js';
import { energy, freeEnergy } from './energy.js';
import { type EnergyModel, sampleWidth } from './model.js';
import { rbm } from './rbm.js';

function oneHotRbm(): EnergyModel {
  const model = rbm({ visible: oneHot(3, 3), hidden: bernoulli(2) });
  model.parameters.set(normals(5, model.layout.length));
  return model;
}

function network(index: number): EnergyModel {
  return (randomNetworks()[index] as [string, EnergyModel])[1];
}

/** Mask over visible units, and a sample whose free numbers must not be read. */
const cases: [string, EnergyModel, clamped: number[], values: number[]][] = [
  ['an RBM', randomRbm(4, 3, 1), [0, 1, 0, 1], [9, 1, 9, 0]],
  ['an RBM, all clamped', randomRbm(3, 3, 2), [1, 1, 1], [1, 0, 1]],
  ['an RBM, none clamped', randomRbm(3, 2, 3), [0, 0, 0], [9, 9, 9]],
  ['a deep model', randomDeep(3, 2, 3, 4), [1, 0, 0], [1, 9, 9]],
  ['one-hot units', oneHotRbm(), [0, 1, 0], [9, 9, 9, 0, 0, 1, 9, 9, 9]],
  ['the label of a classifier', randomLabelled(3, 3, 2, 6), [0, 0, 0, 1], [9, 9, 9, 0, 1, 0]],
  ['the pixels of a classifier', randomLabelled(3, 3, 2, 6), [1, 1, 1, 0], [1, 1, 0, 9, 9, 9]],
  ['both in part', randomLabelled(3, 3, 2, 6), [1, 0, 1, 1], [1, 9, 0, 1, 0, 0]],
  ['independent units', randomIndependent(3, 7), [0, 1, 0], [9, 1, 9]],
  ['independent units, all clamped', randomIndependent(2, 7), [1, 1], [0, 1]],
  ['a Hopfield network', network(0), [0, 1, 0, 0, 1], [9, 1, 9, 9, 0]],
  ['a Hopfield network with one free unit', network(0), [1, 1, 0, 1, 1], [1, 1, 9, 0, 1]],
  ['a network of one-hot units', network(1), [0, 1, 0], [9, 9, 9, 0, 1, 0, 9, 9, 9]],
  ['a ring of spins', network(2), [0, 0, 1, 0, 1], [9, 9, -1, 9, 1]],
  ['an RBM with couplings between visible units', network(4), [0, 1, 1, 0], [9, 1, 1, 9]],
];

describe.each(cases)('%s', (_, model, clamped, values) => {
  /** Whether each number of a sample belongs to a clamped unit. */
  const fixed = model.visible.flatMap((l) => {
    const layer = model.layers[l] as { units: number; width: number };
    const first = model.visible
      .slice(0, model.visible.indexOf(l))
      .reduce((n, k) => n + (model.layers[k] as { units: number }).units, 0);
    return Array.from(
      { length: layer.units * layer.width },
      (_, n) => clamped[first + Math.floor(n / layer.width)] !== 0,
    );
  });
  const agrees = (state: State): boolean => visibleRow(model, state).every((x, n) => !fixed[n] || x === values[n]);
  const all = bruteForce(model);
  const allowed = all.states.filter(agrees);
  const conditioned = condition(model, clamped, Float64Array.from(values));

  test('has the energies of the whole model with the clamped values', () => {
    const direct = allowed.map((state) => directEnergy(model, state));
    const kept = model.names.flatMap((name, l) => (conditioned.names.includes(name) ? [l] : []));
    if (kept.length === 0) {
      expect(conditioned.constant).toBeCloseTo(direct[0] as number, 13);
      return;
    }
    // What is left of a layer's row once the clamped numbers are gone.
    const free = (state: State, l: number): number[] => {
      const row = state[l] as number[];
      if (!model.visible.includes(l)) return row;
      const first =
        visibleRow(model, state).length -
        model.visible.slice(model.visible.indexOf(l)).reduce((n, k) => n + (state[k] as number[]).length, 0);
      return row.filter((_, i) => !fixed[first + i]);
    };
    const batch = Object.fromEntries(
      kept.map((l) => [model.names[l], flatten(allowed.map((state) => free(state, l)))]),
    );
    expect(distance(energy(conditioned, batch), direct)).toBeLessThan(1e-12);
  });

  test('log Z is that of the states that agree', async () => {
    const restricted = logSum(allowed.map((state) => -directEnergy(model, state)));
    expect((await enumerate(conditioned)).logPartition).toBeCloseTo(restricted, 12);
  });

  test('completed samples have the conditional probability', () => {
    if (model.kind === 'test/deep' || conditioned.visible.length === 0) return;
    const { states, probabilities, count } = visibleDistribution(conditioned);
    const completed = conditioned.complete(states);
    const width = sampleWidth(model);
    const total = all.probability(agrees);
    const expected = Array.from({ length: count }, (_, n) => {
      const row = completed.slice(n * width, (n + 1) * width).join();
      return all.probability((state) => visibleRow(model, state).join() === row) / total;
    });
    expect(distance(probabilities, expected)).toBeLessThan(1e-12);
  });
});

test('clamping twice is clamping both', async () => {
  const model = randomRbm(4, 2, 8);
  const once = condition(model, [1, 0, 1, 0], Float64Array.of(1, 0, 0, 0));
  const twice = condition(once, [0, 1], Float64Array.of(0, 1));
  const both = condition(model, [1, 0, 1, 1], Float64Array.of(1, 0, 0, 1));
  expect((await enumerate(twice)).logPartition).toBeCloseTo((await enumerate(both)).logPartition, 13);
  expect(distance(freeEnergy(twice, Float64Array.of(0, 1)), freeEnergy(both, Float64Array.of(0, 1)))).toBeLessThan(
    1e-13,
  );
});

test('complete puts values back', () => {
  const model = randomLabelled(3, 3, 2, 6);
  const { complete } = condition(model, [1, 0, 0, 1], Uint8Array.of(1, 0, 0, 0, 0, 1));
  expect([...complete(Float64Array.of(1, 0, 0, 1))]).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1]);
  const all = condition(randomRbm(2, 2, 1), [1, 1], Uint8Array.of(0, 1));
  expect([...all.complete(new Float64Array(0))]).toEqual([0, 1]);
});

test('the whole model is left alone', () => {
  const model = randomRbm(4, 3, 1);
  const before = model.parameters.slice();
  condition(model, bits(1, 4), Float64Array.of(1, 1, 1, 1)).parameters.fill(7);
  expect(model.parameters).toEqual(before);
});

describe('bad input is refused', () => {
  const model = randomLabelled(3, 3, 2, 6);
  const sample = Float64Array.of(1, 0, 1, 0, 0, 1);
  const cases: [string, string, () => unknown][] = [
    ['SHAPE_MISMATCH', 'a mask over numbers instead of units', () => condition(model, [1, 1, 1, 0, 0, 0], sample)],
    ['SHAPE_MISMATCH', 'a sample without the label', () => condition(model, [1, 1, 1, 0], sample.slice(0, 3))],
    ['DATA_INVALID', 'a value between states', () => condition(model, [1, 0, 0, 0], sample.with(0, 0.5))],
    ['DATA_INVALID', 'two labels at once', () => condition(model, [0, 0, 0, 1], sample.with(3, 1))],
    [
      'SHAPE_MISMATCH',
      'part of a free sample',
      () => condition(model, [1, 0, 0, 1], sample).complete(new Float64Array(3)),
    ],
  ];
  test.each(cases)('%s for %s', async (code, _, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
