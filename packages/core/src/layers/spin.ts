import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { sigmoid, softplus } from '../numbers/numerics.js';
import type { Draws, Layer } from './layer.js';
import { type ScalarUnit, scalarLayer } from './scalar.js';

/** `log 2 cosh z = |z| + log(1 + e^−2|z|)`. */
const spinUnit: ScalarUnit = {
  kind: 'spin',
  settings: {},
  states: 2,
  uniforms: 1,
  field: 'bias',
  state: (index) => 2 * index - 1,
  base: () => 0,
  cgf: (z) => softplus(2 * z) - z,
  mean: (z) => Math.tanh(z),
  variance: (z) => 4 * sigmoid(2 * z) * sigmoid(-2 * z),
  mode: (z) => (z > 0 ? 1 : -1),
  sample: (z, _precision, draws: Draws, row, unit) => 2 * draws.bernoulli(sigmoid(2 * z), row, unit, 0) - 1,
  isState: (x) => x === 1 || x === -1,
  isMean: (x) => x >= -1 && x <= 1,
  fit: (mean, _variance, featureless) => [Math.atanh((1 - featureless) * mean), 0],
};

/**
 * Units that are −1 or 1 (Ising spins).
 *
 *     E(x) = −Σ_i bias_i x_i,   Γ(I) = log 2 cosh(bias + I),   ⟨x_i⟩ = tanh(bias_i + I_i)
 *
 * @param units How many.
 * @param options.bias `[units]`, 0 when absent.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function spin(units: number, options: { readonly bias?: ArrayLike<number> } = {}): Layer {
  checkArguments('spin', options, { bias: optional(kinds.numbers) });
  return scalarLayer(spinUnit, units, { field: options.bias });
}
