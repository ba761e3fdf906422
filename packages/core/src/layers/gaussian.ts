import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import type { Draws, Layer } from './layer.js';
import { type ScalarUnit, scalarLayer } from './scalar.js';

/** Far below any precision of standardised data; keeps a learned precision from reaching 0, where no distribution is left. */
const MINIMUM_PRECISION = 1e-6;

const gaussianUnit: ScalarUnit = {
  kind: 'gaussian',
  settings: {},
  states: null,
  uniforms: 2,
  field: 'field',
  minimumPrecision: MINIMUM_PRECISION,
  support: 'real',
  state: () => Number.NaN,
  base: () => 0,
  cgf: (z, precision) => 0.5 * ((z * z) / precision + Math.log((2 * Math.PI) / precision)),
  mean: (z, precision) => z / precision,
  variance: (_z, precision) => 1 / precision,
  mode: (z, precision) => z / precision,
  sample: (z, precision, draws: Draws, row, unit) => z / precision + draws.normal(row, unit, 0) / Math.sqrt(precision),
  isState: Number.isFinite,
  isMean: Number.isFinite,
  // A featureless unit has the mean of the data and variance 1.
  fit: (mean, variance, featureless) => {
    const precision = Math.max(1 / ((1 - featureless) * variance + featureless), MINIMUM_PRECISION);
    return [precision * mean, precision];
  },
};

/**
 * Units that are real numbers.
 *
 *     E(x) = Σ_i ½ γ_i x_i² − θ_i x_i,   x_i | I ~ Normal((θ_i + I_i) / γ_i, 1 / γ_i)
 *     Γ(I) = (θ + I)² / 2γ + ½ log(2π / γ)
 *
 * The precision γ is learned; inputs are not scaled by it. As hidden units with γ = 1 they turn a Hopfield network into
 * a restricted Boltzmann machine.
 *
 * @param units How many.
 * @param options.field θ: `[units]`, 0 when absent.
 * @param options.precision γ: `[units]`, 1 when absent, at least 1e-6.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function gaussian(
  units: number,
  options: { readonly field?: ArrayLike<number>; readonly precision?: ArrayLike<number> } = {},
): Layer {
  checkArguments('gaussian', options, { field: optional(kinds.numbers), precision: optional(kinds.numbers) });
  return scalarLayer(gaussianUnit, units, options);
}
