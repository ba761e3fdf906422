import { describe, expect, test } from 'vitest';
import {
  bits,
  bruteForce,
  codeOf,
  differentiate,
  directEnergy,
  directStatistics,
  distance,
  flatten,
  jointStates,
  logSum,
  randomDeep,
  randomIndependent,
  randomLabelled,
  randomNetworks,
  randomRbm,
  type State,
  sum,
  visibleRow,
} from '../exact/brute-force.testing.js';
import {
  conditionalLogProbability,
  conditionalMean,
  energy,
  freeEnergy,
  hasTractableHiddenLayers,
  inputs,
  type LayerValues,
  preactivation,
  splitVisible,
  statistics,
} from './energy.js';
import { type EnergyModel, parameter } from './model.js';

/** The layers of some joint states as batches. */
function batch(model: EnergyModel, states: readonly State[], layers = model.names): LayerValues {
  return Object.fromEntries(
    layers.map((name) => [name, flatten(states.map((state) => state[model.names.indexOf(name)] as number[]))]),
  );
}

function actsOnItself(model: EnergyModel, l: number): boolean {
  return model.interactions.some(({ between: [a, b] }) => a === l && b === l);
}

const models: [string, EnergyModel][] = [
  ['an RBM of 1 × 1', randomRbm(1, 1, 1)],
  ['an RBM of 4 × 3', randomRbm(4, 3, 2)],
  ['an RBM of 2 × 6', randomRbm(2, 6, 3)],
  ['a deep model', randomDeep(3, 2, 3, 4)],
  ['a model with labels', randomLabelled(2, 3, 2, 5)],
  ['independent units', randomIndependent(4, 6)],
  ...randomNetworks(),
];

describe.each(models)('%s', (_, model) => {
  const all = bruteForce(model);

  test('energies are the double sums', () => {
    expect(
      distance(
        energy(model, batch(model, all.states)),
        all.states.map((s) => directEnergy(model, s)),
      ),
    ).toBeLessThan(1e-12);
  });

  test('statistics are averages of −∂E/∂λ, equal or weighted', () => {
    const chosen = all.states.slice(-3);
    const weights = [1, 0.5, 4].slice(0, chosen.length);
    const values = batch(model, chosen);
    const direct = chosen.map((state) => directStatistics(model, state));
    const average = (counts: number[]): number[] =>
      Array.from(model.parameters, (_, i) =>
        sum(direct.map((d, n) => ((counts[n] as number) * (d[i] as number)) / sum(counts))),
      );
    expect(distance(statistics(model, values), average(chosen.map(() => 1)))).toBeLessThan(1e-14);
    expect(distance(statistics(model, values, weights), average(weights))).toBeLessThan(1e-14);
  });

  test('conditional probabilities are ratios of the joint one, and sum to 1', () => {
    model.names.forEach((name, l) => {
      if (actsOnItself(model, l)) {
        expect(() => conditionalLogProbability(model, name, batch(model, all.states))).toThrow(/interacts with itself/);
        return;
      }
      const logs = conditionalLogProbability(model, name, batch(model, all.states));
      const others = (state: State): string => state.filter((_, k) => k !== l).join('|');
      const totals = new Map<string, number>();
      all.states.forEach((state, s) => {
        totals.set(others(state), (totals.get(others(state)) ?? 0) + (all.probabilities[s] as number));
      });
      const ratios = all.states.map((s, n) => (all.probabilities[n] as number) / (totals.get(others(s)) as number));
      expect(distance(logs.map(Math.exp), ratios)).toBeLessThan(1e-12);
    });
  });

  test('conditional means are averages over the states of one unit, all others fixed', () => {
    model.names.forEach((name, l) => {
      const { width } = model.layers[l] as { width: number };
      for (const state of all.states.slice(0, 5)) {
        const given = model.names.filter((other) => other !== name || actsOnItself(model, l));
        // A model of one layer has no others to set the number of rows.
        if (given.length === 0) continue;
        const mean = (state[l] as number[]).map((_, i) => {
          const unit = Math.floor(i / width);
          const same = (other: State): boolean =>
            other.every((row, k) =>
              row.every((x, n) => (k === l && Math.floor(n / width) === unit) || x === (state[k] as number[])[n]),
            );
          const total = all.probability(same);
          return sum(
            all.states.map((s, n) =>
              same(s) ? ((all.probabilities[n] as number) * ((s[l] as number[])[i] as number)) / total : 0,
            ),
          );
        });
        expect(distance(conditionalMean(model, name, batch(model, [state], given)), mean)).toBeLessThan(1e-12);
      }
    });
  });
});

describe('an RBM', () => {
  const [visible, hidden] = [5, 4];
  const model = randomRbm(visible, hidden, 11);
  const [a, b, w] = ['visible.bias', 'hidden.bias', 'weights'].map((name) => parameter(model, name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rows = 6;
  const v = bits(12, rows * visible);
  const h = bits(13, rows * hidden);
  const row = (x: Float64Array, n: number, length: number): number[] => [...x.slice(n * length, (n + 1) * length)];
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
  const received = (n: number, j: number): number =>
    sum(range(visible).map((i) => (v[n * visible + i] as number) * (w[i * hidden + j] as number)));
  const sent = (n: number, i: number): number =>
    sum(range(hidden).map((j) => (w[i * hidden + j] as number) * (h[n * hidden + j] as number)));

  test('inputs and pre-activations on both sides', () => {
    const z = range(rows).flatMap((n) => range(hidden).map((j) => received(n, j)));
    expect(distance(inputs(model, 'hidden', { visible: v }), z)).toBeLessThan(1e-13);
    const zBias = z.map((x, k) => x + (b[k % hidden] as number));
    expect(distance(preactivation(model, 'hidden', { visible: v }), zBias)).toBeLessThan(1e-13);
    const back = range(rows).flatMap((n) => range(visible).map((i) => (a[i] as number) + sent(n, i)));
    expect(distance(preactivation(model, 'visible', { hidden: h }), back)).toBeLessThan(1e-13);
    expect(
      distance(
        conditionalMean(model, 'visible', { hidden: h }),
        back.map((x) => 1 / (1 + Math.exp(-x))),
      ),
    ).toBeLessThan(1e-14);
    expect(
      distance(
        conditionalMean(model, 'hidden', { visible: v }),
        zBias.map((x) => 1 / (1 + Math.exp(-x))),
      ),
    ).toBeLessThan(1e-14);
  });

  test('energies', () => {
    const direct = range(rows).map(
      (n) =>
        -sum(range(visible).map((i) => (a[i] as number) * (v[n * visible + i] as number))) -
        sum(range(hidden).map((j) => (h[n * hidden + j] as number) * ((b[j] as number) + received(n, j)))),
    );
    expect(distance(energy(model, { visible: v, hidden: h }), direct)).toBeLessThan(1e-12);
  });

  test('the free energy is the product form, and the sum over the hidden states', () => {
    const product = range(rows).map(
      (n) =>
        -sum(range(visible).map((i) => (a[i] as number) * (v[n * visible + i] as number))) -
        sum(range(hidden).map((j) => Math.log(1 + Math.exp((b[j] as number) + received(n, j))))),
    );
    expect(distance(freeEnergy(model, v), product)).toBeLessThan(1e-12);
    expect(distance(energy(model, { visible: v }), product)).toBeLessThan(1e-12);
    const summed = range(rows).map(
      (n) =>
        -logSum(
          jointStates(model, [1]).map(
            ([, hiddenRow]) => -directEnergy(model, [row(v, n, visible), hiddenRow as number[]]),
          ),
        ),
    );
    expect(distance(freeEnergy(model, v), summed)).toBeLessThan(1e-12);
    const overVisible = range(rows).map(
      (n) =>
        -logSum(
          jointStates(model, [0]).map(
            ([visibleRow]) => -directEnergy(model, [visibleRow as number[], row(h, n, hidden)]),
          ),
        ),
    );
    expect(distance(energy(model, { hidden: h }), overVisible)).toBeLessThan(1e-12);
  });

  test('grey levels and bytes are read like floats', () => {
    expect(freeEnergy(model, Uint8Array.from(v))).toEqual(freeEnergy(model, v));
    expect(freeEnergy(model, Float32Array.from(v))).toEqual(freeEnergy(model, v));
  });
});

test.each([models[1], models[3], models[4]] as typeof models)(
  '%s: statistics are −∂E/∂λ and −∂F/∂λ, by finite differences',
  async (_, model) => {
    const states = bruteForce(model).states.slice(-4);
    const mean = (x: Float64Array): number => x.reduce((total, e) => total + e, 0) / x.length;
    const everything = batch(model, states);
    const slope = await differentiate(model, (changed) => -mean(energy(changed, everything)));
    expect(distance(statistics(model, everything), slope)).toBeLessThan(1e-8);
    // Layers of one block are summed out.
    const others = batch(
      model,
      states,
      model.names.filter((_, l) => !model.blocks[0]?.some(({ layer }) => layer === l)),
    );
    const freeSlope = await differentiate(model, (changed) => -mean(energy(changed, others)));
    expect(distance(statistics(model, others), freeSlope)).toBeLessThan(1e-8);
  },
);

describe('samples of several visible layers', () => {
  const model = randomLabelled(2, 3, 2, 5);

  test('are split into the layers', () => {
    const split = splitVisible(model, Uint8Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 1));
    expect(split).toEqual({ pixels: Float64Array.of(1, 0, 0, 1), label: Float64Array.of(0, 1, 0, 0, 0, 1) });
  });

  test('have the free energy of all of them', () => {
    const states = jointStates(model, model.visible);
    const summed = states.map(
      (state) =>
        -logSum(jointStates(model, [1]).map((other) => -directEnergy(model, [state[0], other[1], state[2]] as State))),
    );
    expect(distance(freeEnergy(model, flatten(states.map((s) => visibleRow(model, s)))), summed)).toBeLessThan(1e-12);
  });
});

test('hidden layers that interact are told from those that do not', () => {
  expect(hasTractableHiddenLayers(randomRbm(2, 2, 1))).toBe(true);
  expect(hasTractableHiddenLayers(randomLabelled(2, 3, 2, 1))).toBe(true);
  expect(hasTractableHiddenLayers(randomIndependent(2, 1))).toBe(true);
  expect(hasTractableHiddenLayers(randomDeep(2, 2, 2, 1))).toBe(false);
});

describe('bad input is refused', () => {
  const model = randomRbm(3, 2, 1);
  const v = Float64Array.of(1, 0, 1);
  const cases: [string, string, () => unknown][] = [
    [
      'SHAPE_MISMATCH',
      'half a row',
      () => energy(model, { visible: Float64Array.of(1, 0), hidden: Float64Array.of(1, 0) }),
    ],
    ['SHAPE_MISMATCH', 'unequal rows', () => energy(model, { visible: v, hidden: Float64Array.of(1, 0, 1, 0) })],
    ['ARGUMENT_INVALID', 'an unknown layer', () => energy(model, { pixels: v })],
    ['ARGUMENT_INVALID', 'inputs of an unknown layer', () => inputs(model, 'pixels', { visible: v })],
    ['UNSUPPORTED', 'inputs without the layer they come from', () => inputs(model, 'hidden', {})],
    ['UNSUPPORTED', 'the free energy of a deep model', () => freeEnergy(randomDeep(3, 2, 2, 1), v)],
    [
      'ARGUMENT_INVALID',
      'the probability of values not given',
      () => conditionalLogProbability(model, 'hidden', { visible: v }),
    ],
    ['SHAPE_MISMATCH', 'samples of another width', () => freeEnergy(model, Float64Array.of(1, 0, 1, 1))],
    ['DATA_INVALID', 'an average over nothing', () => statistics(model, { visible: new Float64Array(0) })],
    ['SHAPE_MISMATCH', 'too many weights', () => statistics(model, { visible: v }, [1, 1])],
    ['DATA_INVALID', 'weights that sum to 0', () => statistics(model, { visible: v }, [0])],
  ];
  test.each(cases)('%s for %s', async (code, _, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
