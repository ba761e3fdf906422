import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { freeEnergy } from './energy.js';
import { type EnergyModel, hiddenLayers, layerParameters, parameter } from './model.js';

/** What `effectiveCouplings` takes. */
export interface EffectiveCouplingsOptions {
  /** The largest number of visible states to visit where there is no closed form; 2^20 unless given. */
  readonly limit?: number;
}

/**
 * The pairwise couplings between the visible units of an RBM once its hidden units are summed out: what a Potts or Ising
 * model of the same distribution would have, `log P(v) = const + Σ_i h_i(v_i) + Σ_{i<j} J_ij(v_i, v_j) + …`.
 *
 * In the zero-sum gauge: each `J_ij` sums to 0 over either state, and `J_ij` is the average, over equally probable states
 * of all other units, of double differences of `log P`. So interactions of three and more units do not enter, and the
 * couplings do not depend on how the visible biases and the weights are shifted.
 *
 * With Gaussian hidden units nothing is left beyond pairs and `J = W Γ⁻¹ Wᵀ` (Γ the hidden precisions) in closed form,
 * centred (Hubbard–Stratonovich). With others the average is taken exactly over all visible states, as in Decelle,
 * Furtlehner, Navas Gómez and Seoane 2024, "Inferring effective couplings with restricted Boltzmann machines".
 *
 * @returns `[units, units, q, q]` for units with q states: `J_ij(a, b)` with `a` the state of `i`; symmetric; 0 for `i = j`
 * @throws RbmError `UNSUPPORTED` unless the model is one visible layer of units with finitely many states and one hidden
 *   layer; `SIZE_LIMIT` for too many visible states.
 */
export function effectiveCouplings(model: EnergyModel, options: EffectiveCouplingsOptions = {}): Float64Array {
  checkArgument('effectiveCouplings', 'model', model, kinds.model);
  checkArguments('effectiveCouplings', options, { limit: optional(kinds.number) });
  const [visible] = model.visible.map((l) => model.layers[l] as Layer);
  const [hidden, ...more] = hiddenLayers(model);
  const bipartite = model.interactions.every(({ kind }) => kind === 'dense');
  if (visible?.states == null || model.visible.length !== 1 || hidden === undefined || more.length > 0 || !bipartite) {
    throw new RbmError(
      'UNSUPPORTED',
      'Effective couplings are between visible units with finitely many states, of one layer, joined to one hidden layer.',
    );
  }
  const couplings =
    model.layers[hidden]?.kind === 'gaussian'
      ? gaussianCouplings(model, visible, hidden)
      : averagedLogProbabilities(model, visible, options.limit ?? 2 ** 20);
  return toZeroSum(couplings, visible.units, visible.states);
}

/** `x_i(a)ᵀ (W Γ⁻¹ Wᵀ)_ij x_j(b)`, in no gauge yet. */
function gaussianCouplings(model: EnergyModel, visible: Layer, hidden: number): Float64Array {
  const { units, width, states } = visible as Layer & { states: number };
  const weights = parameter(model, (model.interactions[0] as { name: string }).name);
  const count = (model.layers[hidden] as Layer).units;
  const precision = layerParameters(model, hidden, model.parameters).subarray(count);
  // What unit i in state a sends to each hidden unit: `[units, states, hidden]`.
  const sent = new Float64Array(units * states * count);
  const state = new Float64Array(width);
  for (let i = 0; i < units; i++) {
    for (let a = 0; a < states; a++) {
      visible.state(a, state, 0);
      for (let k = 0; k < width; k++) {
        for (let j = 0; j < count; j++) {
          const at = (i * states + a) * count + j;
          sent[at] = (sent[at] as number) + (state[k] as number) * (weights[(i * width + k) * count + j] as number);
        }
      }
    }
  }
  const couplings = new Float64Array((units * states) ** 2);
  forEachEntry(units, states, (at, i, j, a, b) => {
    let sum = 0;
    for (let m = 0; m < count; m++) {
      const first = sent[(i * states + a) * count + m] as number;
      sum += (first * (sent[(j * states + b) * count + m] as number)) / (precision[m] as number);
    }
    couplings[at] = sum;
  });
  return couplings;
}

/** Rows of visible states worked on at once. */
const ROWS = 1024;

/** The mean of `log P` over all states in which i is in a and j in b, up to a constant. */
function averagedLogProbabilities(model: EnergyModel, visible: Layer, limit: number): Float64Array {
  const { units, width, states } = visible as Layer & { states: number };
  const total = states ** units;
  if (!(total <= limit)) {
    throw new RbmError(
      'SIZE_LIMIT',
      `The effective couplings of ${units} units with ${states} states each average over ${total} states; the limit is ${limit}. ` +
        'With Gaussian hidden units they have a closed form.',
    );
  }
  const sums = new Float64Array((units * states) ** 2);
  const values = new Float64Array(ROWS * units * width);
  const digits = new Uint32Array(ROWS * units);
  const share = states ** 2 / total;
  for (let first = 0; first < total; first += ROWS) {
    const rows = Math.min(ROWS, total - first);
    for (let row = 0; row < rows; row++) {
      let index = first + row;
      for (let i = 0; i < units; i++, index = Math.floor(index / states)) {
        digits[row * units + i] = index % states;
        visible.state(index % states, values, (row * units + i) * width);
      }
    }
    freeEnergy(model, values.subarray(0, rows * units * width)).forEach((free, row) => {
      for (let i = 0; i < units; i++) {
        for (let j = 0; j < units; j++) {
          const pair = (i * units + j) * states + (digits[row * units + i] as number);
          const at = pair * states + (digits[row * units + j] as number);
          sums[at] = (sums[at] as number) - share * free;
        }
      }
    });
  }
  return sums;
}

/** Takes the means over rows and columns of each `[q, q]` block away, and all of the blocks of a unit with itself. */
function toZeroSum(couplings: Float64Array, units: number, states: number): Float64Array {
  for (let pair = 0; pair < units * units; pair++) {
    const block = couplings.subarray(pair * states * states, (pair + 1) * states * states);
    if (Math.floor(pair / units) === pair % units) {
      block.fill(0);
      continue;
    }
    for (const [along, across] of [
      [1, states],
      [states, 1],
    ] as const) {
      for (let line = 0; line < states; line++) {
        let mean = 0;
        for (let k = 0; k < states; k++) mean += (block[line * across + k * along] as number) / states;
        for (let k = 0; k < states; k++) {
          block[line * across + k * along] = (block[line * across + k * along] as number) - mean;
        }
      }
    }
  }
  return couplings;
}

function forEachEntry(
  units: number,
  states: number,
  visit: (at: number, i: number, j: number, a: number, b: number) => void,
): void {
  for (let at = 0; at < (units * states) ** 2; at++) {
    const pair = Math.floor(at / states ** 2);
    const entry = at % states ** 2;
    visit(at, Math.floor(pair / units), pair % units, Math.floor(entry / states), entry % states);
  }
}
