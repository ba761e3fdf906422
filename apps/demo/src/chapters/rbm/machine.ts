import {
  bernoulli,
  conditionalMean,
  type EnergyModel,
  energy,
  freeEnergy,
  generator,
  type LayerValues,
  logSumExp,
  parameter,
  preactivation,
  rbm,
  visibleDistribution,
} from '@rbm/core';

export const VISIBLE = 4;
export const HIDDEN = 3;

/** Visible biases, hidden biases, weights row by row: `[4 + 3 + 12]`, as the model keeps them. */
export type Parameters = readonly number[];

/** The largest size of a parameter. */
export const LARGEST = 4;

/** Whose state of least energy does not hold the most probable visible state. */
export const initialParameters: Parameters = [
  -2, -1, -1, 0, -1, -0.5, -2.5, 0, -1, 0, -0.5, 1.5, -1.5, -2, 1.5, 0.5, 1, -1, 2.5,
];

/** No unit acts on any other; the biases stay. */
export function withoutWeights(parameters: Parameters): Parameters {
  return parameters.map((value, index) => (index < VISIBLE + HIDDEN ? value : 0));
}

/** Parameters drawn afresh, in steps of a half. */
export function drawParameters(seed: number): Parameters {
  const random = generator(seed).fork('parameters');
  return initialParameters.map((_, index) => {
    const scale = index < VISIBLE + HIDDEN ? 1 : 1.8;
    const value = Math.round(2 * scale * random.normal(0, index, 0, 0)) / 2;
    // Plus zero, which has no sign.
    return Math.min(LARGEST, Math.max(-LARGEST, value)) + 0;
  });
}

/** Parameters as they stand in an address: `-2_-1_…`. */
export function formatParameters(parameters: Parameters): string {
  return parameters.join('_');
}

/** Parameters of an address; the initial ones where it says anything else. */
export function parseParameters(text: string): Parameters {
  const values = text.split('_').map(Number);
  const sound = values.every((value) => Math.abs(value) <= LARGEST) && values.length === initialParameters.length;
  return text !== '' && sound ? values : initialParameters;
}

/** What a parameter is called, in the order of `Parameters`. */
export const parameterNames: readonly string[] = [
  ...Array.from({ length: VISIBLE }, (_, i) => `a${subscript(i + 1)}`),
  ...Array.from({ length: HIDDEN }, (_, j) => `b${subscript(j + 1)}`),
  ...Array.from({ length: VISIBLE * HIDDEN }, (_, n) => {
    const [i, j] = [Math.floor(n / HIDDEN), n % HIDDEN];
    return `w${subscript(i + 1)}${subscript(j + 1)}`;
  }),
];

/** The place of `w_ij` among the parameters. */
export function weightIndex(i: number, j: number): number {
  return VISIBLE + HIDDEN + i * HIDDEN + j;
}

/** `₁` for 1. */
export function subscript(digit: number): string {
  return String.fromCharCode(0x2080 + digit);
}

/** The machine that has these parameters. */
export function makeMachine(parameters: Parameters): EnergyModel {
  const weights = parameters.slice(VISIBLE + HIDDEN);
  const model = rbm({ visible: bernoulli(VISIBLE), hidden: bernoulli(HIDDEN), weights });
  parameter(model, 'visible.bias').set(parameters.slice(0, VISIBLE));
  parameter(model, 'hidden.bias').set(parameters.slice(VISIBLE, VISIBLE + HIDDEN));
  return model;
}

/** A state of all units. */
export interface Configuration {
  /** `[4]`, 0 or 1. */
  readonly visible: readonly number[];
  /** `[3]`, 0 or 1. */
  readonly hidden: readonly number[];
}

/** What is seen of a unit besides its state. */
export interface UnitReading {
  /** Pre-activation: what the other layer sends, and the bias. */
  readonly z: number;
  /** `P(unit = 1 | other layer)`. */
  readonly probability: number;
}

/** Exact quantities of a machine in a state. */
export interface Reading {
  readonly visible: readonly UnitReading[];
  readonly hidden: readonly UnitReading[];
  readonly energy: number;
  readonly freeEnergy: number;
  readonly logPartition: number;
  /** `P(v)`. */
  readonly visibleProbability: number;
  /** `P(v, h)`. */
  readonly jointProbability: number;
}

/** Everything that can be said of a state, exactly: the 2⁴ states of the visible units are all looked at. */
export function readMachine(model: EnergyModel, configuration: Configuration): Reading {
  const [visible, hidden] = [Float64Array.from(configuration.visible), Float64Array.from(configuration.hidden)];
  const readLayer = (layer: 'visible' | 'hidden', values: LayerValues): UnitReading[] => {
    const z = preactivation(model, layer, values);
    const probabilities = conditionalMean(model, layer, values);
    return Array.from(z, (each, unit) => ({ z: each, probability: probabilities[unit] as number }));
  };
  const logPartition = logSumExp(freeEnergy(model, visibleDistribution(model).states).map((f) => -f));
  const [joint, free] = [energy(model, { visible, hidden })[0] as number, freeEnergy(model, visible)[0] as number];
  return {
    visible: readLayer('visible', { hidden }),
    hidden: readLayer('hidden', { visible }),
    energy: joint,
    freeEnergy: free,
    logPartition,
    visibleProbability: Math.exp(-free - logPartition),
    jointProbability: Math.exp(-joint - logPartition),
  };
}
