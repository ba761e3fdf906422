import { RbmError } from '../errors.js';
import type { Draws, Layer } from '../layer.js';
import { logit, sigmoid, softplus } from '../numerics.js';

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
  if (!Number.isSafeInteger(units) || units < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A layer needs a positive whole number of units, not ${units}.`);
  }
  const initial = new Float64Array(units);
  if (options.bias) {
    if (options.bias.length !== units) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `The bias of a layer of ${units} units needs as many numbers, not ${options.bias.length}.`,
      );
    }
    initial.set(options.bias);
    const bad = initial.findIndex((b) => !Number.isFinite(b));
    if (bad >= 0) throw new RbmError('NOT_FINITE', `The bias of unit ${bad} is ${initial[bad]}.`);
  }
  return {
    specVersion: 1,
    kind: 'bernoulli',
    settings: {},
    units,
    width: 1,
    states: 2,
    uniforms: 1,
    parameters: [{ name: 'bias', shape: [units], minimum: Number.NEGATIVE_INFINITY }],
    initial,

    state(index: number, out: Float64Array, offset: number): void {
      out[offset] = index;
    },

    cgf(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let row = 0; row < inputs.length; row += units) {
        for (let i = 0; i < units; i++) {
          out[row + i] = softplus((bias[i] as number) + (inputs[row + i] as number));
        }
      }
    },

    mean(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let row = 0; row < inputs.length; row += units) {
        for (let i = 0; i < units; i++) {
          out[row + i] = sigmoid((bias[i] as number) + (inputs[row + i] as number));
        }
      }
    },

    covariance(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let row = 0; row < inputs.length; row += units) {
        for (let i = 0; i < units; i++) {
          const z = (bias[i] as number) + (inputs[row + i] as number);
          out[row + i] = sigmoid(z) * sigmoid(-z);
        }
      }
    },

    mode(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let row = 0; row < inputs.length; row += units) {
        for (let i = 0; i < units; i++) {
          out[row + i] = (bias[i] as number) + (inputs[row + i] as number) > 0 ? 1 : 0;
        }
      }
    },

    sample(bias: Float64Array, inputs: Float64Array, out: Float64Array, draws: Draws): void {
      const rows = inputs.length / units;
      for (let row = 0; row < rows; row++) {
        const start = row * units;
        for (let i = 0; i < units; i++) {
          const z = (bias[i] as number) + (inputs[start + i] as number);
          out[start + i] = draws.bernoulli(sigmoid(z), row, i, 0);
        }
      }
    },

    addEnergy(bias: Float64Array, values: Float64Array, out: Float64Array): void {
      const rows = values.length / units;
      for (let row = 0; row < rows; row++) {
        let field = 0;
        for (let i = 0; i < units; i++) field += (bias[i] as number) * (values[row * units + i] as number);
        out[row] = (out[row] as number) - field;
      }
    },

    addStatistics(_bias: Float64Array, values: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let i = 0; i < units; i++) out[i] = (out[i] as number) + s * (values[row * units + i] as number);
      }
    },

    addExpectedStatistics(bias: Float64Array, inputs: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let i = 0; i < units; i++) {
          const mean = sigmoid((bias[i] as number) + (inputs[row * units + i] as number));
          out[i] = (out[i] as number) + s * mean;
        }
      }
    },

    anneal(from: Float64Array, to: Float64Array, beta: number, out: Float64Array): void {
      for (let i = 0; i < units; i++) out[i] = (1 - beta) * (from[i] as number) + beta * (to[i] as number);
    },

    absorb(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let i = 0; i < units; i++) out[i] = (bias[i] as number) + (inputs[i] as number);
    },

    fit(values: ArrayLike<number>, weights: Float64Array, pseudocount: number, out: Float64Array): void {
      const invalid = findInvalid(values, 'means');
      if (invalid >= 0) {
        throw new RbmError(
          'DATA_INVALID',
          `A Bernoulli unit takes values from 0 to 1, but row ${Math.floor(invalid / units)} has ${values[invalid]} ` +
            `for unit ${invalid % units}. Binarise the data, or choose another kind of layer.`,
        );
      }
      let total = 0;
      out.fill(0);
      for (let row = 0; row < weights.length; row++) {
        const w = weights[row] as number;
        total += w;
        for (let i = 0; i < units; i++) out[i] = (out[i] as number) + w * (values[row * units + i] as number);
      }
      for (let i = 0; i < units; i++) out[i] = logit(((out[i] as number) + pseudocount / 2) / (total + pseudocount));
    },

    findInvalid,

    select(chosen: Uint32Array): Layer {
      return bernoulli(chosen.length, { bias: Array.from(chosen, (i) => initial[i] as number) });
    },
  };
}

function findInvalid(values: ArrayLike<number>, as: 'states' | 'means'): number {
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    const valid = as === 'states' ? x === 0 || x === 1 : x >= 0 && x <= 1;
    if (!valid) return i;
  }
  return -1;
}
