import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { logit, sigmoid, softplus } from '../numbers/numerics.js';
import type { Draws, Layer } from './layer.js';
import { type ScalarUnit, scalarLayer } from './scalar.js';

/** The most trials: each takes one uniform of the 254 that a unit has at a step. */
const MOST_TRIALS = 254;

function binomialUnit(trials: number): ScalarUnit {
  const logWays = logBinomials(trials);
  return {
    kind: 'binomial',
    settings: { trials },
    states: trials + 1,
    uniforms: trials,
    field: 'bias',
    state: (index) => index,
    // Values between states stand for means, whose energy is not asked for.
    base: (x) => -(logWays[Math.round(x)] as number),
    cgf: (z) => trials * softplus(z),
    mean: (z) => trials * sigmoid(z),
    variance: (z) => trials * sigmoid(z) * sigmoid(-z),
    mode: (z) => Math.min(trials, Math.max(0, Math.ceil((trials + 1) * sigmoid(z)) - 1)),
    sample: (z, _precision, draws: Draws, row, unit) => {
      const p = sigmoid(z);
      let successes = 0;
      for (let n = 0; n < trials; n++) successes += draws.bernoulli(p, row, unit, n);
      return successes;
    },
    isState: (x) => Number.isInteger(x) && x >= 0 && x <= trials,
    isMean: (x) => x >= 0 && x <= trials,
    fit: (mean, _variance, featureless) => [logit((1 - featureless) * (mean / trials) + featureless / 2), 0],
  };
}

/** `log C(n, k)` for `k` from 0 to `n`. */
function logBinomials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logs[k] = (logs[k - 1] as number) + Math.log((n - k + 1) / k);
  return logs;
}

/**
 * Units that count the successes of n trials: 0, 1, …, n.
 *
 *     E(x) = −Σ_i (bias_i x_i + log C(n, x_i)),   Γ(I) = n softplus(bias + I),   x_i | I ~ Binomial(n, σ(bias_i + I_i))
 *
 * The same as n Bernoulli units with the same bias and the same weights, of which only the sum is kept (Teh and Hinton
 * 2001, "Rate-coded restricted Boltzmann machines").
 *
 * @param units How many.
 * @param options.trials n, from 1 to 254.
 * @param options.bias `[units]`, 0 when absent.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function binomial(
  units: number,
  options: { readonly trials: number; readonly bias?: ArrayLike<number> },
): Layer {
  checkArguments('binomial', options, { trials: { ...kinds.number, example: '8' }, bias: optional(kinds.numbers) });
  const { trials } = options;
  if (!Number.isSafeInteger(trials) || trials < 1 || trials > MOST_TRIALS) {
    throw new RbmError('ARGUMENT_INVALID', `A binomial unit counts 1 to ${MOST_TRIALS} trials, not ${trials}.`);
  }
  return scalarLayer(binomialUnit(trials), units, { field: options.bias });
}
