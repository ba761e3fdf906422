import { RbmError } from '@rbm/core';
import { type Draws, definePlugin, type Layer, type Plugin } from '@rbm/core/contracts';

/** The values that a unit can have, in increasing order. Replace them first. */
const values = [-1, 0, 1];

/**
 * Units with a few values: `E(x) = −b x`, so `P(x | I) ∝ exp(z x)` with `z = b + I`. For another energy, change `logWeight`, the
 * parameters, and what depends on them: `addEnergy`, the two statistics, `anneal` and `absorb`.
 *
 * @param biases `[units]` (default: zeros).
 */
export function layer(units: number, biases: ArrayLike<number> = new Float64Array(units)): Layer {
  const logWeight = (x: number, z: number): number => z * x;
  const probabilities = new Float64Array(values.length);

  /** Fills `probabilities` for one unit. @returns `log Σ_x exp(logWeight(x, z))`, without overflow. */
  const normalise = (z: number): number => {
    let largest = Number.NEGATIVE_INFINITY;
    for (const x of values) largest = Math.max(largest, logWeight(x, z));
    let sum = 0;
    for (let k = 0; k < values.length; k++) {
      probabilities[k] = Math.exp(logWeight(values[k], z) - largest);
      sum += probabilities[k];
    }
    for (let k = 0; k < values.length; k++) probabilities[k] /= sum;
    return largest + Math.log(sum);
  };
  const meanAt = (z: number): number => {
    normalise(z);
    let mean = 0;
    for (let k = 0; k < values.length; k++) mean += probabilities[k] * values[k];
    return mean;
  };
  const varianceAt = (z: number): number => {
    const mean = meanAt(z);
    let variance = 0;
    for (let k = 0; k < values.length; k++) variance += probabilities[k] * (values[k] - mean) ** 2;
    return variance;
  };
  const modeAt = (z: number): number => values.reduce((best, x) => (logWeight(x, z) > logWeight(best, z) ? x : best));

  /** `out ← f(b + I)` for each unit of each row. */
  const map = (f: (z: number) => number, parameters: Float64Array, inputs: Float64Array, out: Float64Array): void => {
    for (let n = 0; n < inputs.length; n++) out[n] = f(parameters[n % units] + inputs[n]);
  };
  const findInvalid = (given: ArrayLike<number>, as: 'states' | 'means'): number => {
    const [least, greatest] = [values[0], values[values.length - 1]];
    for (let n = 0; n < given.length; n++) {
      const fits = as === 'states' ? values.includes(given[n]) : given[n] >= least && given[n] <= greatest;
      if (!fits) return n;
    }
    return -1;
  };

  return {
    specVersion: 1,
    kind: 'my/__NAME__',
    settings: {},
    units,
    width: 1,
    states: values.length,
    uniforms: 1,
    parameters: [{ name: 'bias', shape: [units], minimum: Number.NEGATIVE_INFINITY }],
    initial: Float64Array.from(biases),

    state(index: number, out: Float64Array, offset: number): void {
      out[offset] = values[index];
    },
    cgf(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(normalise, parameters, inputs, out);
    },
    mean(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(meanAt, parameters, inputs, out);
    },
    covariance(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(varianceAt, parameters, inputs, out);
    },
    mode(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(modeAt, parameters, inputs, out);
    },
    sample(parameters: Float64Array, inputs: Float64Array, out: Float64Array, draws: Draws): void {
      for (let n = 0; n < inputs.length; n++) {
        const unit = n % units;
        normalise(parameters[unit] + inputs[n]);
        out[n] = values[draws.categorical(probabilities, 0, values.length, Math.floor(n / units), unit, 0)];
      }
    },

    addEnergy(parameters: Float64Array, x: Float64Array, out: Float64Array): void {
      for (let n = 0; n < x.length; n++) out[Math.floor(n / units)] -= parameters[n % units] * x[n];
    },
    // −∂E/∂b = x, and its expectation is the mean.
    addStatistics(_parameters: Float64Array, x: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let n = 0; n < x.length; n++) out[n % units] += scale[Math.floor(n / units)] * x[n];
    },
    addExpectedStatistics(
      parameters: Float64Array,
      inputs: Float64Array,
      scale: Float64Array,
      out: Float64Array,
    ): void {
      for (let n = 0; n < inputs.length; n++) {
        out[n % units] += scale[Math.floor(n / units)] * meanAt(parameters[n % units] + inputs[n]);
      }
    },
    // The energy is linear in the bias.
    anneal(from: Float64Array, to: Float64Array, beta: number, out: Float64Array): void {
      for (let i = 0; i < units; i++) out[i] = (1 - beta) * from[i] + beta * to[i];
    },
    absorb(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let i = 0; i < units; i++) out[i] = parameters[i] + inputs[i];
    },

    /** The bias whose mean is that of the data, by bisection. */
    fit(given: ArrayLike<number>, weights: Float64Array, pseudocount: number, out: Float64Array): void {
      const invalid = findInvalid(given, 'means');
      if (invalid >= 0) {
        const expected = `from ${values[0]} to ${values[values.length - 1]}`;
        throw new RbmError('DATA_INVALID', `Value ${invalid} is ${given[invalid]}; expected a number ${expected}.`);
      }
      const sums = new Float64Array(units);
      let total = 0;
      for (const [row, weight] of weights.entries()) {
        total += weight;
        for (let i = 0; i < units; i++) sums[i] += weight * given[row * units + i];
      }
      for (let i = 0; i < units; i++) {
        const all = total + pseudocount;
        const wanted = all > 0 ? (sums[i] + pseudocount * meanAt(0)) / all : meanAt(0);
        let [low, high] = [-40, 40];
        for (let n = 0; n < 100; n++) {
          const middle = (low + high) / 2;
          if (meanAt(middle) < wanted) low = middle;
          else high = middle;
        }
        out[i] = (low + high) / 2;
      }
    },

    findInvalid,
    select: (chosen: Uint32Array): Layer =>
      layer(
        chosen.length,
        Array.from(chosen, (i) => biases[i]),
      ),
  };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { layers: 1 },
    provides: { layers: { 'my/__NAME__': { create: (_options, { units = 1 }) => layer(units) } } },
  });
