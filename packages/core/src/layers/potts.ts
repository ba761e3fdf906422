import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { checkUnits, setInitial } from './initial.js';
import type { Draws, Layer } from './layer.js';

/** The most categories of a unit. */
const MOST_CATEGORIES = 4096;

/**
 * Units in one of q categories, as q numbers of which one is 1 and the others are 0.
 *
 *     E(x) = −Σ_ik bias_ik x_ik,   Γ(I) = log Σ_k exp(bias_k + I_k),   P(x_ik = 1 | I) = softmax_k(bias_i + I_i)
 *
 * Adding a number to all biases of a unit changes nothing but the constant in the energy: couplings and biases are known
 * up to a gauge.
 *
 * @param units How many.
 * @param options.categories q, from 2 up.
 * @param options.bias `[units, q]`, row-major; 0 when absent.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function potts(
  units: number,
  options: { readonly categories: number; readonly bias?: ArrayLike<number> },
): Layer {
  checkArguments('potts', options, { categories: { ...kinds.number, example: '4' }, bias: optional(kinds.numbers) });
  const { categories: q } = options;
  checkUnits(units);
  if (!Number.isSafeInteger(q) || q < 2 || q > MOST_CATEGORIES) {
    throw new RbmError('ARGUMENT_INVALID', `A Potts unit has 2 to ${MOST_CATEGORIES} categories, not ${q}.`);
  }
  const length = units * q;
  const initial = new Float64Array(length);
  setInitial(initial, 'bias', options.bias);
  // Room for the probabilities of one unit. Its content means nothing between calls.
  const probabilities = new Float64Array(q);

  /** Fills `probabilities` with those of the unit whose numbers start at `start`. @returns Γ. */
  const softmax = (bias: Float64Array, inputs: Float64Array, start: number): number => {
    const own = start % length;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < q; k++) {
      const z = (bias[own + k] as number) + (inputs[start + k] as number);
      probabilities[k] = z;
      if (z > largest) largest = z;
    }
    let sum = 0;
    for (let k = 0; k < q; k++) {
      const e = Math.exp((probabilities[k] as number) - largest);
      probabilities[k] = e;
      sum += e;
    }
    for (let k = 0; k < q; k++) probabilities[k] = (probabilities[k] as number) / sum;
    return largest + Math.log(sum);
  };

  return {
    specVersion: 1,
    kind: 'potts',
    settings: { categories: q },
    units,
    width: q,
    states: q,
    uniforms: 1,
    parameters: [{ name: 'bias', shape: [units, q], minimum: Number.NEGATIVE_INFINITY }],
    initial,

    state(index: number, out: Float64Array, offset: number): void {
      for (let k = 0; k < q; k++) out[offset + k] = k === index ? 1 : 0;
    },

    cgf(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let start = 0, n = 0; start < inputs.length; start += q, n++) out[n] = softmax(bias, inputs, start);
    },

    mean(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let start = 0; start < inputs.length; start += q) {
        softmax(bias, inputs, start);
        out.set(probabilities, start);
      }
    },

    covariance(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let start = 0; start < inputs.length; start += q) {
        softmax(bias, inputs, start);
        for (let k = 0; k < q; k++) {
          const p = probabilities[k] as number;
          for (let l = 0; l < q; l++) {
            out[(start + k) * q + l] = k === l ? p * (1 - p) : -p * (probabilities[l] as number);
          }
        }
      }
    },

    mode(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let start = 0; start < inputs.length; start += q) {
        softmax(bias, inputs, start);
        let best = 0;
        for (let k = 1; k < q; k++) if ((probabilities[k] as number) > (probabilities[best] as number)) best = k;
        for (let k = 0; k < q; k++) out[start + k] = k === best ? 1 : 0;
      }
    },

    sample(bias: Float64Array, inputs: Float64Array, out: Float64Array, draws: Draws): void {
      const rows = inputs.length / length;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < units; i++) {
          const start = row * length + i * q;
          softmax(bias, inputs, start);
          const chosen = draws.categorical(probabilities, 0, q, row, i, 0);
          for (let k = 0; k < q; k++) out[start + k] = k === chosen ? 1 : 0;
        }
      }
    },

    addEnergy(bias: Float64Array, values: Float64Array, out: Float64Array): void {
      const rows = values.length / length;
      for (let row = 0; row < rows; row++) {
        let field = 0;
        for (let n = 0; n < length; n++) field += (bias[n] as number) * (values[row * length + n] as number);
        out[row] = (out[row] as number) - field;
      }
    },

    addStatistics(_bias: Float64Array, values: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let n = 0; n < length; n++) out[n] = (out[n] as number) + s * (values[row * length + n] as number);
      }
    },

    addExpectedStatistics(bias: Float64Array, inputs: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let own = 0; own < length; own += q) {
          softmax(bias, inputs, row * length + own);
          for (let k = 0; k < q; k++) out[own + k] = (out[own + k] as number) + s * (probabilities[k] as number);
        }
      }
    },

    anneal(from: Float64Array, to: Float64Array, beta: number, out: Float64Array): void {
      for (let n = 0; n < length; n++) out[n] = (1 - beta) * (from[n] as number) + beta * (to[n] as number);
    },

    absorb(bias: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let n = 0; n < length; n++) out[n] = (bias[n] as number) + (inputs[n] as number);
    },

    /** Log frequencies, in the gauge in which those of a unit sum to 0. */
    fit(values: ArrayLike<number>, weights: Float64Array, pseudocount: number, out: Float64Array): void {
      const invalid = findInvalid(q, values, 'means');
      if (invalid >= 0) {
        throw new RbmError(
          'DATA_INVALID',
          `The data do not fit: row ${Math.floor(invalid / length)} gives unit ${Math.floor((invalid % length) / q)} numbers that are no ` +
            `category out of ${q}: one of them should be 1 and the others 0.`,
        );
      }
      const total = weights.reduce((sum, w) => sum + w, 0);
      out.fill(0);
      for (let row = 0; row < weights.length; row++) {
        const w = weights[row] as number;
        for (let n = 0; n < length; n++) out[n] = (out[n] as number) + w * (values[row * length + n] as number);
      }
      // Neither samples nor pseudocount: featureless, as the limit of few of either.
      if (total + pseudocount === 0) return;
      for (let own = 0; own < length; own += q) {
        let mean = 0;
        for (let k = 0; k < q; k++) {
          const log = Math.log(((out[own + k] as number) + pseudocount / q) / (total + pseudocount));
          out[own + k] = log;
          mean += log / q;
        }
        for (let k = 0; k < q; k++) out[own + k] = (out[own + k] as number) - mean;
      }
    },

    findInvalid: (values: ArrayLike<number>, as: 'states' | 'means'): number => findInvalid(q, values, as),

    select(chosen: Uint32Array): Layer {
      const bias = Array.from(chosen, (i) => Array.from(initial.subarray(i * q, (i + 1) * q))).flat();
      return potts(chosen.length, { categories: q, bias });
    },
  };
}

/** Frequencies of one unit sum to 1 but for the rounding of float32. */
const SUM_TOLERANCE = 1e-5;

function findInvalid(q: number, values: ArrayLike<number>, as: 'states' | 'means'): number {
  for (let start = 0; start < values.length; start += q) {
    let sum = 0;
    for (let n = start; n < start + q; n++) {
      const x = values[n] as number;
      if (as === 'states' ? x !== 0 && x !== 1 : !(x >= 0 && x <= 1)) return n;
      sum += x;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return start;
  }
  return -1;
}
