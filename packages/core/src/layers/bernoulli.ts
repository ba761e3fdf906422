import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { logit, sigmoid, softplus } from '../numbers/numerics.js';
import type { Draws, Layer } from './layer.js';
import { type ScalarUnit, scalarLayer } from './scalar.js';

const bernoulliUnit: ScalarUnit = {
  kind: 'bernoulli',
  settings: {},
  states: 2,
  uniforms: 1,
  field: 'bias',
  state: (index) => index,
  base: () => 0,
  cgf: softplus,
  mean: sigmoid,
  variance: (z) => sigmoid(z) * sigmoid(-z),
  mode: (z) => (z > 0 ? 1 : 0),
  sample: (z, _precision, draws: Draws, row, unit) => draws.bernoulli(sigmoid(z), row, unit, 0),
  isState: (x) => x === 0 || x === 1,
  isMean: (x) => x >= 0 && x <= 1,
  fit: (mean, _variance, featureless) => [logit((1 - featureless) * mean + featureless / 2), 0],
};

/**
 * Units that are 0 or 1.
 *
 *     E(x) = −Σ_i bias_i x_i,   Γ(I) = softplus(bias + I),   P(x_i = 1 | I) = σ(bias_i + I_i)
 *
 * @param units How many.
 * @param options.bias `[units]`, 0 when absent.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function bernoulli(units: number, options: { readonly bias?: ArrayLike<number> } = {}): Layer {
  checkArguments('bernoulli', options, { bias: optional(kinds.numbers) });
  return scalarLayer(bernoulliUnit, units, { field: options.bias });
}
