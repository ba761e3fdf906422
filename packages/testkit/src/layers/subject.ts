import type { Generator } from '@rbm/core';
import { type Draws, type Layer, rowLength } from '@rbm/core/contracts';
import { acceptedInterval, integrate, type Quadrature } from './quadrature.js';

/** Makes a layer from its settings, as the factories of plugins do. */
export type LayerFactory = (settings: Readonly<Record<string, number>>, place: { readonly units: number }) => Layer;

/** What the checks of one layer share: a layer of one unit, and ways to evaluate it. */
export interface Subject {
  /** A layer of so many units, as the author makes it. */
  readonly make: (units: number) => Layer;
  /** The factory that makes layers from settings. */
  readonly create?: LayerFactory | undefined;
  readonly unit: Layer;
  /** Parameters and inputs of the one unit: first without input the initial ones and random ones, then random both. */
  readonly cases: readonly Case[];
  /** As far as inputs may go without leaving floating point. */
  readonly extremes: readonly number[];
  readonly inputScale: number;
  readonly random: Generator;
}

export interface Case {
  readonly parameters: Float64Array;
  /** `[width]` */
  readonly input: Float64Array;
  /** For messages. */
  readonly where: string;
}

/** The exact conditional distribution of one unit, as points and their probabilities. */
export interface Law {
  readonly logNormaliser: number;
  /** `[count, width]`: all states, or the nodes of a quadrature. */
  readonly points: Float64Array;
  /** `[count]`, sums to 1. */
  readonly probabilities: Float64Array;
  /** `[count]`: `I · x − E(x)`. */
  readonly logWeights: Float64Array;
  /** Continuous units: the ends of intervals, and how much each holds. */
  readonly panels: Quadrature['panels'];
}

export function describeCase(parameters: ArrayLike<number>, input: ArrayLike<number>): string {
  const short = (numbers: ArrayLike<number>): string => Array.from(numbers, (x) => +x.toPrecision(5)).join(', ');
  return `at parameters [${short(parameters)}], input [${short(input)}]`;
}

/** Parameters of a layer drawn at random: normal where free, from 0.3 to 3 above a minimum. */
export function randomParameters(layer: Layer, random: Generator, row: number): Float64Array {
  const numbers = layer.parameters.flatMap(({ shape, minimum }, p) =>
    Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) =>
      Number.isFinite(minimum) ? minimum + 0.3 * 10 ** random.uniform(row, i, p, 0) : 1.2 * random.normal(row, i, p, 0),
    ),
  );
  return Float64Array.from(numbers);
}

export function randomInputs(length: number, scale: number, random: Generator, row: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => scale * random.normal(row, i, 0, 0));
}

/** An array filled by one of the layer's functions, over what was there before. */
export function filled(length: number, fill: (out: Float64Array) => void): Float64Array {
  const out = new Float64Array(length).fill(99);
  fill(out);
  return out;
}

/** An array to which one of the layer's functions added. */
export function added(length: number, add: (out: Float64Array) => void): Float64Array {
  const out = new Float64Array(length);
  add(out);
  return out;
}

const rowsOf = (layer: Layer, values: Float64Array): number => values.length / rowLength(layer);

export function cgf(layer: Layer, parameters: Float64Array, inputs: Float64Array): Float64Array {
  return filled(rowsOf(layer, inputs) * layer.units, (out) => layer.cgf(parameters, inputs, out));
}

export function mean(layer: Layer, parameters: Float64Array, inputs: Float64Array): Float64Array {
  return filled(inputs.length, (out) => layer.mean(parameters, inputs, out));
}

export function covariance(layer: Layer, parameters: Float64Array, inputs: Float64Array): Float64Array {
  return filled(inputs.length * layer.width, (out) => layer.covariance(parameters, inputs, out));
}

export function mode(layer: Layer, parameters: Float64Array, inputs: Float64Array): Float64Array {
  return filled(inputs.length, (out) => layer.mode(parameters, inputs, out));
}

export function sample(layer: Layer, parameters: Float64Array, inputs: Float64Array, draws: Draws): Float64Array {
  return filled(inputs.length, (out) => layer.sample(parameters, inputs, out, draws));
}

export function energies(layer: Layer, parameters: Float64Array, values: Float64Array): Float64Array {
  return added(rowsOf(layer, values), (out) => layer.addEnergy(parameters, values, out));
}

/** All states of a unit of a finite layer, `[states, width]`. */
export function allStates(unit: Layer): Float64Array {
  return filled((unit.states as number) * unit.width, (out) => {
    for (let n = 0; n < (unit.states as number); n++) unit.state(n, out, n * unit.width);
  });
}

/**
 * The distribution `exp(I · x − E(x))` of a unit from its energy alone: by enumeration, or by quadrature over the values
 * that `findInvalid` accepts.
 *
 * @throws Error if that cannot be normalised.
 */
export function law(unit: Layer, { parameters, input, where }: Case): Law {
  if (unit.states !== null) {
    const points = allStates(unit);
    const logWeights = energies(unit, parameters, points).map((e, n) => dot(input, points, n * unit.width) - e);
    return { points, logWeights, ...normalise(logWeights), panels: [] };
  }
  if (unit.width !== 1) throw new Error(`Continuous units of ${unit.width} numbers cannot be checked: only of 1.`);
  const support = acceptedInterval((x) => unit.findInvalid([x], 'states') < 0);
  if (!support) throw new Error('A unit without a number of states accepts fewer than two values.');
  const value = new Float64Array(1);
  const logDensity = (x: number): number => {
    value[0] = x;
    return (input[0] as number) * x - (energies(unit, parameters, value)[0] as number);
  };
  const { peak, panels } = named(where, () => integrate(logDensity, support));
  const points = Float64Array.from(panels.flatMap(({ nodes }) => [...nodes]));
  const weights = Float64Array.from(panels.flatMap((each) => [...each.weights]));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return {
    logNormaliser: peak + Math.log(total),
    points,
    probabilities: weights.map((w) => w / total),
    logWeights: points.map(logDensity),
    panels: panels.map((each) => ({ ...each, mass: each.mass / total })),
  };
}

function named<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Error(`Not normalisable ${where}: ${(cause as Error).message}.`, { cause });
  }
}

function normalise(logWeights: Float64Array): Pick<Law, 'logNormaliser' | 'probabilities'> {
  const peak = logWeights.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = logWeights.map((w) => Math.exp(w - peak));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { logNormaliser: peak + Math.log(total), probabilities: weights.map((w) => w / total) };
}

export function dot(a: Float64Array, values: Float64Array, offset: number): number {
  return a.reduce((sum, x, k) => sum + x * (values[offset + k] as number), 0);
}

/** A few values that a unit can take: all states, or points throughout its distribution. */
export function someValues(unit: Layer, of: Law): Float64Array {
  if (unit.states !== null) return of.points;
  const quantiles = [1e-6, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1 - 1e-6];
  let below = 0;
  let next = 0;
  const values: number[] = [];
  of.points.forEach((x, n) => {
    below += of.probabilities[n] as number;
    while (next < quantiles.length && below > (quantiles[next] as number)) {
      values.push(x);
      next += 1;
    }
  });
  return Float64Array.from(values);
}

/** `Σ p f` over the points of a law, for a function that returns an array. */
export function expectation(of: Law, width: number, f: (x: Float64Array) => Float64Array): Float64Array {
  let sums: Float64Array | undefined;
  of.probabilities.forEach((p, n) => {
    const value = f(of.points.slice(n * width, (n + 1) * width));
    sums ??= new Float64Array(value.length);
    for (let k = 0; k < value.length; k++) sums[k] = (sums[k] as number) + p * (value[k] as number);
  });
  return sums as Float64Array;
}

/** The same parameters with another input. */
export function withInput(from: Case, input: Float64Array): Case {
  return { parameters: from.parameters, input, where: describeCase(from.parameters, input) };
}
