import type { Samples } from '../contracts/dataset.js';
import { bernoulli } from '../layers/bernoulli.js';
import type { Layer } from '../layers/layer.js';
import { boltzmannMachine } from '../models/boltzmann-machine.js';
import { createModel } from '../models/create-model.js';
import { hopfield } from '../models/hopfield.js';
import type { Interaction } from '../models/interaction.js';
import { ising } from '../models/ising.js';
import { type EnergyModel, parameter } from '../models/model.js';
import { independent, rbm } from '../models/rbm.js';
import { generator } from '../random/generator.js';

/**
 * For tests only: small models, and the sums over all their states, written directly from the formulas with plain
 * arrays and none of the code under test (but named access to parameters and the list of a unit's states).
 */

/** `count` normal numbers of the given standard deviation. */
export function normals(seed: number, count: number, scale = 1): Float64Array {
  const random = generator(seed);
  return Float64Array.from({ length: count }, (_, i) => scale * random.normal(0, i, 0, 0));
}

/** `count` zeros and ones. */
export function bits(seed: number, count: number): Float64Array {
  const random = generator(seed);
  return Float64Array.from({ length: count }, (_, i) => random.bernoulli(0.5, 0, i, 0, 0));
}

/** The same model with random parameters. */
function randomised(model: EnergyModel, seed: number, scale: number): EnergyModel {
  model.parameters.set(normals(seed, model.layout.length, scale));
  return model;
}

export function randomRbm(visible: number, hidden: number, seed: number, scale = 1): EnergyModel {
  return randomised(rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden) }), seed, scale);
}

export function randomIndependent(units: number, seed: number): EnergyModel {
  return randomised(independent(bernoulli(units)), seed, 1);
}

/** A deep Boltzmann machine: visible – lower – upper; the lower layer is independent given the two others. */
export function randomDeep(visible: number, lower: number, upper: number, seed: number, scale = 1): EnergyModel {
  const model = createModel({
    kind: 'test/deep',
    layers: [
      { name: 'visible', layer: bernoulli(visible), visible: true },
      { name: 'lower', layer: bernoulli(lower) },
      { name: 'upper', layer: bernoulli(upper) },
    ],
    interactions: [
      { kind: 'dense', name: 'first', between: [0, 1] },
      { kind: 'dense', name: 'second', between: [2, 1] },
    ],
    blocks: [[1], [0, 2]],
  });
  return randomised(model, seed, scale);
}

/** A classifying RBM: pixels and a one-hot label are both visible, and both see the hidden layer. */
export function randomLabelled(pixels: number, labels: number, hidden: number, seed: number, scale = 1): EnergyModel {
  const model = createModel({
    kind: 'test/labelled',
    layers: [
      { name: 'pixels', layer: bernoulli(pixels), visible: true },
      { name: 'hidden', layer: bernoulli(hidden) },
      { name: 'label', layer: oneHot(1, labels), visible: true },
    ],
    interactions: [
      { kind: 'dense', name: 'pixel weights', between: [0, 1] },
      // The hidden layer on either side, so that both directions of an interaction are met.
      { kind: 'dense', name: 'label weights', between: [1, 2] },
    ],
    blocks: [[1], [0, 2]],
  });
  return randomised(model, seed, scale);
}

/** Models whose units act on others of their own layer. */
export function randomNetworks(): [name: string, model: EnergyModel][] {
  return [
    ['a Hopfield network', randomised(hopfield({ visible: bernoulli(5) }), 41, 1)],
    ['a network of one-hot units', randomised(hopfield({ visible: oneHot(3, 3) }), 42, 1)],
    ['an odd ring of spins', randomised(ising({ shape: [5] }), 43, 1)],
    ['an open lattice', randomised(ising({ shape: [3, 2], periodic: false }), 44, 1)],
    ['an RBM with couplings between visible units', randomised(semiRestricted(), 45, 1)],
    ['a Boltzmann machine with hidden units that interact', randomised(hiddenGraph(), 46, 1)],
  ];
}

function semiRestricted(): EnergyModel {
  return createModel({
    kind: 'test/semi-restricted',
    layers: [
      { name: 'visible', layer: bernoulli(4), visible: true },
      { name: 'hidden', layer: bernoulli(2) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 1] },
      { kind: 'sparse', name: 'couplings', between: [0, 0], edges: Uint32Array.of(2, 0, 1, 2, 2, 3) },
    ],
    blocks: [[1], [{ layer: 0, units: Uint32Array.of(0, 1, 3) }], [{ layer: 0, units: Uint32Array.of(2) }]],
  });
}

function hiddenGraph(): EnergyModel {
  const edges = [0, 3, 1, 3, 1, 4, 2, 5, 3, 4, 5, 4, 0, 1];
  return boltzmannMachine({ visible: bernoulli(3), hidden: bernoulli(3), edges });
}

/** One of `categories` unit vectors a unit: width above 1, and a number of states that is no power of two. */
export function oneHot(units: number, categories: number): Layer {
  return finiteLayer(
    units,
    Array.from({ length: categories }, (_, k) => Array.from({ length: categories }, (_, c) => (c === k ? 1 : 0))),
  );
}

/** Units with −1, 0 and 1 as states. */
export function spinOne(units: number): Layer {
  return finiteLayer(units, [[-1], [0], [1]]);
}

/** A layer written as someone else would: `E(x) = −bias · x` over any list of states, by summing over the list. */
function finiteLayer(units: number, states: readonly (readonly number[])[]): Layer {
  const width = (states[0] as readonly number[]).length;
  const length = units * width;

  /** Calls `visit` for each unit of each row with the log-weights of its states. */
  function visit(
    bias: Float64Array,
    inputs: Float64Array,
    work: (logWeights: readonly number[], unit: number, row: number) => void,
  ): void {
    for (let n = 0; n < inputs.length / width; n++) {
      const unit = n % units;
      const field = (k: number): number => at(bias, unit * width + k) + at(inputs, n * width + k);
      work(
        states.map((state) => sum(state.map((x, k) => x * field(k)))),
        unit,
        Math.floor(n / units),
      );
    }
  }
  const probabilities = (logWeights: readonly number[]): number[] => {
    const total = logSum(logWeights);
    return logWeights.map((w) => Math.exp(w - total));
  };
  const unused = (): never => {
    throw new Error('Not needed by these tests.');
  };

  const layer: Layer = {
    specVersion: 1,
    kind: 'test/finite',
    settings: {},
    units,
    width,
    states: states.length,
    uniforms: 1,
    parameters: [{ name: 'bias', shape: [units, width], minimum: Number.NEGATIVE_INFINITY }],
    initial: new Float64Array(length),
    covariance: unused,
    mode: unused,
    fit: unused,
    state(index, out, offset) {
      out.set(states[index] as readonly number[], offset);
    },
    cgf(bias, inputs, out) {
      visit(bias, inputs, (logWeights, unit, row) => {
        out[row * units + unit] = logSum(logWeights);
      });
    },
    mean(bias, inputs, out) {
      visit(bias, inputs, (logWeights, unit, row) => {
        const p = probabilities(logWeights);
        for (let k = 0; k < width; k++) {
          out[row * length + unit * width + k] = sum(states.map((state, s) => at(p, s) * at(state, k)));
        }
      });
    },
    sample(bias, inputs, out, draws) {
      visit(bias, inputs, (logWeights, unit, row) => {
        const p = Float64Array.from(probabilities(logWeights));
        const chosen = draws.categorical(p, 0, p.length, row, unit, 0);
        out.set(states[chosen] as readonly number[], row * length + unit * width);
      });
    },
    addEnergy(bias, values, out) {
      values.forEach((x, n) => {
        add(out, Math.floor(n / length), -at(bias, n % length) * x);
      });
    },
    addStatistics(_, values, scale, out) {
      values.forEach((x, n) => {
        add(out, n % length, at(scale, Math.floor(n / length)) * x);
      });
    },
    addExpectedStatistics(bias, inputs, scale, out) {
      const means = new Float64Array(inputs.length);
      layer.mean(bias, inputs, means);
      layer.addStatistics(bias, means, scale, out);
    },
    anneal(from, to, beta, out) {
      for (let i = 0; i < length; i++) out[i] = (1 - beta) * at(from, i) + beta * at(to, i);
    },
    absorb(bias, inputs, out) {
      for (let i = 0; i < length; i++) out[i] = at(bias, i) + at(inputs, i);
    },
    findInvalid(values) {
      for (let start = 0; start < values.length; start += width) {
        if (!states.some((state) => state.every((x, k) => x === values[start + k]))) return start;
      }
      return -1;
    },
    select: (chosen) => finiteLayer(chosen.length, states),
  };
  return layer;
}

/** One joint state: a row for each layer. */
export type State = readonly (readonly number[])[];

/** Every joint state of a model, or of some of its layers (the others get empty rows). */
export function jointStates(model: EnergyModel, layers: readonly number[] = model.layers.map((_, l) => l)): State[] {
  return model.layers.reduce<State[]>(
    (states, layer, l) => {
      const rows = layers.includes(l) ? layerStates(layer) : [[]];
      return states.flatMap((state) => rows.map((row) => [...state, row]));
    },
    [[]],
  );
}

function layerStates(layer: Layer): number[][] {
  let rows: number[][] = [[]];
  for (let unit = 0; unit < layer.units; unit++) {
    rows = rows.flatMap((row) =>
      Array.from({ length: layer.states as number }, (_, s) => {
        const one = new Float64Array(layer.width);
        layer.state(s, one, 0);
        return [...row, ...one];
      }),
    );
  }
  return rows;
}

/** Which numbers each parameter of an interaction multiplies, by its definition. */
function forEachCoupling(
  model: EnergyModel,
  interaction: Interaction,
  visit: (i: number, j: number, parameter: number) => void,
): void {
  const [a, b] = interaction.between.map((l) => model.layers[l]) as [Layer, Layer];
  let next = 0;
  const pair = (i: number, j: number): void => {
    for (let k = 0; k < a.width; k++) {
      for (let m = 0; m < b.width; m++) visit(i * a.width + k, j * b.width + m, next++);
    }
  };
  if (interaction.kind === 'dense') {
    for (let i = 0; i < a.units * a.width; i++) {
      for (let j = 0; j < b.units * b.width; j++) visit(i, j, next++);
    }
  } else if (interaction.kind === 'symmetric') {
    for (let i = 0; i < a.units; i++) {
      for (let j = i + 1; j < a.units; j++) pair(i, j);
    }
  } else if (interaction.kind === 'sparse') {
    for (let e = 0; e < interaction.edges.length; e += 2) pair(at(interaction.edges, e), at(interaction.edges, e + 1));
  } else {
    throw new Error(`Interactions of kind ${interaction.kind} are no lists of pairs.`);
  }
}

/** `E(x) = constant − Σ bias · x − Σ x_iᵀ w_ij x_j`, term by term. */
export function directEnergy(model: EnergyModel, state: State): number {
  let energy = model.constant;
  model.names.forEach((name, l) => {
    const bias = parameter(model, `${name}.bias`);
    state[l]?.forEach((x, i) => {
      energy -= at(bias, i) * x;
    });
  });
  for (const interaction of model.interactions) {
    const weights = parameter(model, interaction.name);
    const [a, b] = interaction.between.map((l) => state[l]) as [readonly number[], readonly number[]];
    forEachCoupling(model, interaction, (i, j, n) => {
      energy -= at(a, i) * at(weights, n) * at(b, j);
    });
  }
  return energy;
}

/** `−∂E/∂λ`, laid out as the model's `layout` says. */
export function directStatistics(model: EnergyModel, state: State): Float64Array {
  const out = new Float64Array(model.layout.length);
  for (const { name, offset } of model.layout.arrays) {
    const interaction = model.interactions.find((candidate) => candidate.name === name);
    if (interaction) {
      const [a, b] = interaction.between.map((l) => state[l]) as [readonly number[], readonly number[]];
      forEachCoupling(model, interaction, (i, j, n) => {
        out[offset + n] = at(a, i) * at(b, j);
      });
    } else {
      out.set(state[model.names.findIndex((layer) => name === `${layer}.bias`)] as readonly number[], offset);
    }
  }
  return out;
}

/** Everything about a small model, by visiting all its joint states. */
export function bruteForce(model: EnergyModel): {
  readonly states: readonly State[];
  readonly logPartition: number;
  readonly probabilities: readonly number[];
  /** `⟨f(x)⟩` under the model, for a function with an array of values. */
  average(f: (state: State) => ArrayLike<number>): number[];
  /** The probability of all states for which `test` holds. */
  probability(test: (state: State) => boolean): number;
} {
  const states = jointStates(model);
  const logWeights = states.map((state) => -directEnergy(model, state));
  const logPartition = logSum(logWeights);
  const probabilities = logWeights.map((w) => Math.exp(w - logPartition));
  return {
    states,
    logPartition,
    probabilities,
    average(f) {
      const total: number[] = [];
      states.forEach((state, s) => {
        const values = f(state);
        for (let i = 0; i < values.length; i++) total[i] = (total[i] ?? 0) + at(probabilities, s) * at(values, i);
      });
      return total;
    },
    probability: (test) => sum(probabilities.filter((_, s) => test(states[s] as State))),
  };
}

/** Rows one after the other. */
export function flatten(rows: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(rows.flat());
}

/** The visible layers' rows of a joint state one after the other: a sample. */
export function visibleRow(model: EnergyModel, state: State): number[] {
  return model.visible.flatMap((l) => state[l] as readonly number[]);
}

/** Binary samples, `count` of width `width`. */
export function randomSamples(seed: number, count: number, width: number): Samples {
  return { values: bits(seed, count * width), count, width };
}

/** Central differences of `f` in every parameter of the model. Exact to about 1e-9 for energies of order 1. */
export async function differentiate(
  model: EnergyModel,
  f: (changed: EnergyModel) => number | Promise<number>,
): Promise<Float64Array> {
  const step = 1e-5;
  const gradient = new Float64Array(model.layout.length);
  for (let i = 0; i < gradient.length; i++) {
    const moved = [step, -step].map((change) => {
      const parameters = model.parameters.slice();
      parameters[i] = at(parameters, i) + change;
      return f({ ...model, parameters });
    });
    const [above, below] = (await Promise.all(moved)) as [number, number];
    gradient[i] = (above - below) / (2 * step);
  }
  return gradient;
}

/** The largest difference between two arrays of one length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs(at(a, i) - at(b, i));
    if (!(gap <= largest)) largest = gap;
  }
  return largest;
}

/** The code of the error that `work` throws. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'no error';
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}

/** `log Σ exp`, by the definition but for the shift. */
export function logSum(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(sum(values.map((x) => Math.exp(x - largest))));
}

function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`Index ${index} is outside an array of ${values.length}.`);
  return value;
}

function add(out: Float64Array, index: number, x: number): void {
  out[index] = at(out, index) + x;
}
