import { RbmError } from '@rbm/core';
import { definePlugin } from '@rbm/core/contracts';

/**
 * Units from 0 to 1 with `E(x) = −b x`, so that `P(x | I) ∝ exp(z x)` with `z = b + I`: an exponential distribution, cut off.
 *
 * @param units How many.
 * @param bias `[units]` (default: zeros, a uniform distribution).
 */
export function truncatedExponential(units, bias = new Float64Array(units)) {
  const map = (f, parameters, inputs, out) => {
    for (let n = 0; n < inputs.length; n++) out[n] = f(parameters[n % units] + inputs[n]);
  };
  const findInvalid = (values) => {
    for (let n = 0; n < values.length; n++) if (!(values[n] >= 0 && values[n] <= 1)) return n;
    return -1;
  };

  return {
    specVersion: 1,
    kind: 'acme/truncated-exponential',
    settings: {},
    units,
    width: 1,
    states: null,
    uniforms: 1,
    parameters: [{ name: 'bias', shape: [units], minimum: Number.NEGATIVE_INFINITY }],
    initial: Float64Array.from(bias),

    state() {
      throw new RbmError(
        'UNSUPPORTED',
        'Units of acme/truncated-exponential are continuous: they have no list of states.',
      );
    },
    cgf: (parameters, inputs, out) => map(cgf, parameters, inputs, out),
    mean: (parameters, inputs, out) => map(mean, parameters, inputs, out),
    covariance: (parameters, inputs, out) => map(variance, parameters, inputs, out),
    mode: (parameters, inputs, out) => map((z) => (z > 0 ? 1 : 0), parameters, inputs, out),
    sample(parameters, inputs, out, draws) {
      for (let n = 0; n < inputs.length; n++) {
        const unit = n % units;
        out[n] = quantile(draws.uniform(Math.floor(n / units), unit, 0), parameters[unit] + inputs[n]);
      }
    },

    addEnergy(parameters, values, out) {
      for (let n = 0; n < values.length; n++) out[Math.floor(n / units)] -= parameters[n % units] * values[n];
    },
    addStatistics(_parameters, values, scale, out) {
      for (let n = 0; n < values.length; n++) out[n % units] += scale[Math.floor(n / units)] * values[n];
    },
    addExpectedStatistics(parameters, inputs, scale, out) {
      for (let n = 0; n < inputs.length; n++) {
        out[n % units] += scale[Math.floor(n / units)] * mean(parameters[n % units] + inputs[n]);
      }
    },
    anneal(from, to, beta, out) {
      for (let i = 0; i < units; i++) out[i] = (1 - beta) * from[i] + beta * to[i];
    },
    absorb(parameters, inputs, out) {
      for (let i = 0; i < units; i++) out[i] = parameters[i] + inputs[i];
    },

    /** The bias whose mean is that of the data and of `pseudocount` samples of a uniform unit. */
    fit(values, weights, pseudocount, out) {
      const invalid = findInvalid(values);
      if (invalid >= 0) {
        throw new RbmError(
          'DATA_INVALID',
          `Value ${invalid} is ${values[invalid]}; expected a number from 0 to 1. Scale the data.`,
        );
      }
      const total = weights.reduce((sum, weight) => sum + weight, pseudocount);
      for (let i = 0; i < units; i++) {
        let sum = pseudocount / 2;
        for (let row = 0; row < weights.length; row++) sum += weights[row] * values[row * units + i];
        out[i] = total > 0 ? biasOf(sum / total) : 0;
      }
    },

    findInvalid,
    select: (chosen) =>
      truncatedExponential(
        chosen.length,
        Array.from(chosen, (i) => bias[i]),
      ),
  };
}

/** `Γ(z) = log ∫₀¹ exp(z x) dx = log((exp(z) − 1) / z)`. */
function cgf(z) {
  const size = Math.abs(z);
  if (size < 1e-300) return 0;
  return Math.max(z, 0) + Math.log(-Math.expm1(-size) / size);
}

/** `Γ′(z) = 1 / (1 − exp(−z)) − 1 / z`. Near 0 the two cancel, and the series of `½ coth(z / 2) − 1 / z` is used. */
function mean(z) {
  if (Math.abs(z) < 0.25) {
    const s = z * z;
    return 0.5 + z * (1 / 12 + s * (-1 / 720 + s * (1 / 30240 + s * (-1 / 1209600 + s / 47900160))));
  }
  const ofSize = 1 / -Math.expm1(-Math.abs(z)) - 1 / Math.abs(z);
  return z > 0 ? ofSize : 1 - ofSize;
}

/** `Γ″(z) = 1 / z² − 1 / (4 sinh²(z / 2))`. */
function variance(z) {
  const s = z * z;
  if (Math.abs(z) < 0.25) {
    return 1 / 12 + s * (-3 / 720 + s * (5 / 30240 + s * (-7 / 1209600 + (9 * s) / 47900160)));
  }
  return 1 / s - 1 / (4 * Math.sinh(z / 2) ** 2);
}

/** The x with a share u of the distribution below it: `log(1 + u (exp(z) − 1)) / z`. */
function quantile(u, z) {
  if (Math.abs(z) < 1e-12) return u;
  const x = z > 0 ? 1 + Math.log1p((1 - u) * Math.expm1(-z)) / z : Math.log1p(u * Math.expm1(z)) / z;
  return Math.min(Math.max(x, 0), 1);
}

/** The bias that has a mean, by bisection: it grows with the mean. No more than 10⁴, where the mean is 10⁻⁴ from 0 or 1. */
function biasOf(wanted) {
  let [low, high] = [-1e4, 1e4];
  for (let n = 0; n < 100; n++) {
    const middle = (low + high) / 2;
    if (mean(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export default () =>
  definePlugin({
    name: 'rbm-layer-truncated-exponential',
    specVersion: { layers: 1 },
    provides: {
      layers: { 'acme/truncated-exponential': { create: (_options, { units = 1 }) => truncatedExponential(units) } },
    },
  });
