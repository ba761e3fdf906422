import {
  bernoulli,
  conditionalLogProbability,
  type EnergyModel,
  freeEnergy,
  parameter,
  rbm,
  visibleDistribution,
} from '@rbm/core';

/** Units of each of the two layers. */
export const UNITS = 3;
/** States of a layer. */
export const STATES: number = 2 ** UNITS;

/** States, as numbers with the first unit fastest, in the order in which they are drawn: by how many units are on. */
export const drawingOrder: readonly number[] = [0, 1, 2, 4, 3, 5, 6, 7];

/** The units of a state, `[3]`. */
export function unitsOf(state: number): number[] {
  return Array.from({ length: UNITS }, (_, i) => (state >> i) & 1);
}

/** How many units of a state are on: what is followed along a chain. */
export function countOn(state: number): number {
  return unitsOf(state).reduce((sum, unit) => sum + unit, 0);
}

/**
 * `E(v, h) = −w Σ_ij (v_i − ½)(h_j − ½) − t Σ_i v_i` up to a constant: all units off and all units on are its two modes,
 * with a barrier between them that grows with the coupling w; the tilt t prefers one of them.
 */
export function makeLandscape(coupling: number, tilt: number): EnergyModel {
  const weights = new Float64Array(UNITS * UNITS).fill(coupling);
  const model = rbm({ visible: bernoulli(UNITS), hidden: bernoulli(UNITS), weights });
  parameter(model, 'visible.bias').fill((-coupling * UNITS) / 2 + tilt);
  parameter(model, 'hidden.bias').fill((-coupling * UNITS) / 2);
  return model;
}

/** What is known of a landscape, and of block Gibbs on it, without any sampling. States in the order of their numbers. */
export interface Landscape {
  /** `F(v)` of each state, in k_B T, from the lowest. */
  readonly freeEnergies: Float64Array;
  readonly probabilities: Float64Array;
  /** `[8, 8]`: probability that a sweep ends in the second state if it begins in the first. */
  readonly transitions: Float64Array;
  /** `[8, 8]`: `P(i) T(i → j)`, what flows from the first to the second in each sweep. */
  readonly flows: Float64Array;
  /** From the mode with all units off to the highest state on the way to the other, in k_B T. */
  readonly barrier: number;
  /** Integrated autocorrelation time of the number of units that are on, in sweeps. */
  readonly autocorrelationTime: number;
}

export function survey(model: EnergyModel): Landscape {
  const { states, probabilities } = visibleDistribution(model);
  const free = freeEnergy(model, states);
  const lowest = Math.min(...free);
  const freeEnergies = free.map((f) => f - lowest);
  const transitions = sweepMatrix(model, states);
  return {
    freeEnergies,
    probabilities,
    transitions,
    flows: transitions.map((probability, n) => (probabilities[Math.floor(n / STATES)] as number) * probability),
    barrier: Math.max(...freeEnergies) - (freeEnergies[0] as number),
    autocorrelationTime: sumCorrelations(transitions, probabilities),
  };
}

/** `T(v → v′) = Σ_h P(h | v) P(v′ | h)`. */
function sweepMatrix(model: EnergyModel, states: Float64Array): Float64Array {
  const pairs = Array.from({ length: STATES * STATES }, (_, n) => [Math.floor(n / STATES), n % STATES] as const);
  const rows = (of: readonly number[]): Float64Array =>
    Float64Array.from(of.flatMap((state) => Array.from(states.subarray(UNITS * state, UNITS * (state + 1)))));
  // Both layers have the same states. `[8 visible, 8 hidden]`
  const values = { visible: rows(pairs.map(([v]) => v)), hidden: rows(pairs.map(([, h]) => h)) };
  const up = conditionalLogProbability(model, 'hidden', values).map(Math.exp);
  const down = conditionalLogProbability(model, 'visible', values).map(Math.exp);
  return Float64Array.from(pairs, ([from, to]) => {
    let sum = 0;
    for (let h = 0; h < STATES; h++) sum += (up[from * STATES + h] as number) * (down[to * STATES + h] as number);
    return sum;
  });
}

/** The number of units that are on, about its mean. */
function deviations(probabilities: Float64Array): Float64Array {
  const mean = probabilities.reduce((sum, p, state) => sum + p * countOn(state), 0);
  return probabilities.map((_, state) => countOn(state) - mean);
}

/** `[lags + 1]`: the autocorrelation of the number of units that are on, in equilibrium, from lag 0. */
export function exactAutocorrelation({ transitions, probabilities }: Landscape, lags: number): Float64Array {
  const start = deviations(probabilities);
  const variance = correlate(start, start, probabilities);
  let moved = start;
  return Float64Array.from({ length: lags + 1 }, () => {
    const correlation = correlate(start, moved, probabilities) / variance;
    moved = apply(transitions, moved);
    return correlation;
  });
}

/** `1 + 2 Σ_{t ≥ 1} ρ(t)`, with as many terms added at each doubling as there were: slow chains need very many. */
function sumCorrelations(transitions: Float64Array, probabilities: Float64Array): number {
  const start = deviations(probabilities);
  let sum: Float64Array = start;
  let power: Float64Array = transitions;
  for (let doubling = 0; doubling < 40; doubling++) {
    const further = apply(power, sum);
    // What is left of the mean is rounding, and would add up.
    const mean = further.reduce((total, x, state) => total + x * (probabilities[state] as number), 0);
    sum = sum.map((x, state) => x + (further[state] as number) - mean);
    power = multiply(power, power);
  }
  return (2 * correlate(start, sum, probabilities)) / correlate(start, start, probabilities) - 1;
}

function correlate(a: Float64Array, b: Float64Array, probabilities: Float64Array): number {
  return probabilities.reduce((sum, p, state) => sum + p * (a[state] as number) * (b[state] as number), 0);
}

function apply(matrix: Float64Array, vector: Float64Array): Float64Array {
  return vector.map((_, row) =>
    vector.reduce((sum, x, column) => sum + (matrix[row * STATES + column] as number) * x, 0),
  );
}

function multiply(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((_, n) => {
    const [row, column] = [Math.floor(n / STATES), n % STATES];
    let sum = 0;
    for (let k = 0; k < STATES; k++) sum += (a[row * STATES + k] as number) * (b[k * STATES + column] as number);
    return sum;
  });
}
