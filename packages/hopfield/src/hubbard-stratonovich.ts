import {
  bernoulli,
  couplingMatrix,
  type EnergyModel,
  gaussian,
  hopfield,
  parameter,
  RbmError,
  rbm,
  spin,
} from '@rbm/core';
import {
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  type Layer,
  layerParameters,
  optional,
  rowLength,
} from '@rbm/core/contracts';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** What `toGaussianHidden` takes beside the network. */
export interface GaussianHiddenOptions {
  /** Hidden units at most: those of the largest eigenvalues. All that are needed, at most n − 1, unless given. */
  readonly rank?: number;
}

/** A network unfolded into two layers. */
export interface GaussianHidden {
  /** An RBM of the network's units and Gaussian hidden ones of precision 1. */
  readonly model: EnergyModel;
  /** What was added to each diagonal element of J: minus its smallest eigenvalue, or 0 if that is positive. */
  readonly shift: number;
  /** The largest |(W Wᵀ)_ij − J_ij| beside the diagonal: rounding, unless `rank` left something out. */
  readonly offDiagonalError: number;
  /** The largest change of energy that this makes in any state, and whether that is exact, or an upper bound. */
  readonly largestEnergyChange: number;
  readonly largestEnergyChangeIs: 'exact' | 'bound';
}

/** Up to so many units, the largest change of energy is found among all states. */
const ENUMERATED = 14;

/**
 * The Hubbard–Stratonovich transformation (Stratonovich 1957, Hubbard 1959): a network in which all units act on each other,
 * as one of two layers, with `J + shift = W Wᵀ`:
 *
 *     exp(½ xᵀ W Wᵀ x) = (2π)^(−n_h/2) ∫ exp(−½ Σ_j h_j² + Σ_ij x_i w_ij h_j) dh.
 *
 * Real W needs J positive semidefinite, which it never is with zeros on its diagonal; a shift of the diagonal changes the
 * energy by `½ shift Σ x_i²`, a constant for spins, a field for units 0 and 1. Taking that back leaves the distribution as it
 * was, whatever the rank, but for `offDiagonalError`. `log Z` grows by `(n_h/2) log 2π`.
 *
 * @throws RbmError `UNSUPPORTED` unless the model is one layer of spin or bernoulli units; `ARGUMENT_INVALID` for a rank that
 * is no positive whole number.
 */
export function toGaussianHidden(model: EnergyModel, options: GaussianHiddenOptions = {}): GaussianHidden {
  checkArgument('toGaussianHidden', 'model', model, kinds.model);
  checkArguments('toGaussianHidden', options, { rank: optional(kinds.number) });
  const { rank } = options;
  const [layer, ...more] = model.layers as [Layer, ...Layer[]];
  if (more.length > 0 || (layer.kind !== 'spin' && layer.kind !== 'bernoulli')) {
    throw new RbmError('UNSUPPORTED', 'Only networks of one layer of spin or bernoulli units can be unfolded.');
  }
  if (rank !== undefined && (!Number.isSafeInteger(rank) || rank < 1)) {
    throw new RbmError('ARGUMENT_INVALID', `The rank is a positive whole number, not ${rank}.`);
  }
  const n = layer.units;
  const couplings = couplingMatrix(model);
  const { values, vectors } = eigen(couplings, n);
  const shift = Math.max(0, -(values[0] as number));
  // The smallest eigenvalue becomes 0, but for rounding, and takes no hidden unit.
  const least = 1e-12 * Math.max(1, Math.abs(values[n - 1] as number) + shift);
  const kept = values.map((_, k) => k).filter((k) => (values[k] as number) + shift > least);
  const chosen = (kept.length > 0 ? kept : [n - 1]).slice(-(rank ?? n)).reverse();
  const weights = new Float64Array(n * chosen.length);
  chosen.forEach((k, j) => {
    const length = Math.sqrt(Math.max(0, (values[k] as number) + shift));
    for (let i = 0; i < n; i++) weights[i * chosen.length + j] = length * (vectors[i * n + k] as number);
  });
  const product = square(weights, n, chosen.length);
  const half = Float64Array.from({ length: n }, (_, i) => -(product[i * n + i] as number) / 2);
  const bias = parameter(model, `${model.names[0]}.bias`);
  const isSpin = layer.kind === 'spin';
  const visible = isSpin ? spin(n, { bias }) : bernoulli(n, { bias: bias.map((a, i) => a + (half[i] as number)) });
  const constant = model.constant - (isSpin ? half.reduce((sum, x) => sum + x, 0) : 0);
  const unfolded = { ...rbm({ visible, hidden: gaussian(chosen.length), weights }), constant };
  const error = product.map((p, at) => (at % (n + 1) === 0 ? 0 : p - (couplings[at] as number)));
  return {
    model: unfolded,
    shift,
    offDiagonalError: error.reduce((most, e) => Math.max(most, Math.abs(e)), 0),
    ...largestChange(error, n, isSpin ? -1 : 0),
  };
}

/** Eigenvalues in increasing order, eigenvectors as columns. */
function eigen(matrix: Float64Array, n: number): { values: number[]; vectors: number[] } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(n, n, matrix), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, k) => k)
    .sort((a, b) => (realEigenvalues[a] as number) - (realEigenvalues[b] as number));
  const vectors = Array.from({ length: n * n }, (_, at) =>
    eigenvectorMatrix.get(Math.floor(at / n), order[at % n] as number),
  );
  return { values: order.map((k) => realEigenvalues[k] as number), vectors };
}

/** `W Wᵀ`. */
function square(weights: Float64Array, n: number, columns: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let j = 0; j < columns; j++)
        sum += (weights[i * columns + j] as number) * (weights[k * columns + j] as number);
      product[i * n + k] = sum;
      product[k * n + i] = sum;
    }
  }
  return product;
}

/** The largest `|½ xᵀ R x|`: over all states of a small network, else no more than `½ Σ |R_ij|`. */
function largestChange(
  error: Float64Array,
  n: number,
  low: number,
): Pick<GaussianHidden, 'largestEnergyChange' | 'largestEnergyChangeIs'> {
  if (n > ENUMERATED) {
    const bound = error.reduce((sum, e) => sum + Math.abs(e), 0) / 2;
    return { largestEnergyChange: bound, largestEnergyChangeIs: 'bound' };
  }
  let largest = 0;
  for (let state = 0; state < 2 ** n; state++) {
    let change = 0;
    for (let i = 0; i < n; i++) {
      const x = (state >> i) & 1 ? 1 : low;
      for (let j = 0; j < i; j++) change += x * ((state >> j) & 1 ? 1 : low) * (error[i * n + j] as number);
    }
    largest = Math.max(largest, Math.abs(change));
  }
  return { largestEnergyChange: largest, largestEnergyChangeIs: 'exact' };
}

/**
 * The way back: an RBM with Gaussian hidden units, of any precisions Γ and fields θ, as the network that integrating them out
 * leaves, `J = W Γ⁻¹ Wᵀ`, `a ← a + W Γ⁻¹ θ`. Constants are kept, so that `log Z` is the RBM's.
 *
 * @throws RbmError `UNSUPPORTED` unless the model is an RBM of visible spin, bernoulli or Potts units and Gaussian hidden ones.
 */
export function toHopfield(model: EnergyModel): EnergyModel {
  checkArgument('toHopfield', 'model', model, kinds.model);
  const [visible, hidden] = model.layers as [Layer, Layer];
  const finite = ['spin', 'bernoulli', 'potts'].includes(visible?.kind);
  const [interaction, ...others] = model.interactions;
  if (
    model.layers.length !== 2 ||
    hidden.kind !== 'gaussian' ||
    !finite ||
    interaction?.kind !== 'dense' ||
    others.length > 0
  ) {
    throw new RbmError(
      'UNSUPPORTED',
      'Only RBMs of spin, bernoulli or Potts units with Gaussian hidden units are networks once these are integrated out.',
    );
  }
  const [n, count] = [rowLength(visible), hidden.units];
  const theta = layerParameters(model, 1, model.parameters);
  const [field, precision] = [theta.subarray(0, count), theta.subarray(count)];
  const weights = parameter(model, interaction.name);
  const scaled = weights.map((w, at) => w / Math.sqrt(precision[at % count] as number));
  const couplings = square(scaled, n, count);
  const received = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < count; j++) {
      const share = (field[j] as number) / (precision[j] as number);
      received[i] = (received[i] as number) + (weights[i * count + j] as number) * share;
    }
  }
  if (visible.width > 1) takeOwnBlocks(visible, couplings, received);
  const network = hopfield({ visible, couplings });
  const target = layerParameters(network, 0, network.parameters);
  // What the network's diagonal has added to the biases stays; the RBM's own biases take the place of the initial ones.
  const own = layerParameters(model, 0, model.parameters);
  for (let i = 0; i < n; i++) {
    target[i] = (target[i] as number) - (visible.initial[i] as number) + (own[i] as number) + (received[i] as number);
  }
  let constant = network.constant + model.constant;
  for (let j = 0; j < count; j++) {
    const [f, gamma] = [field[j] as number, precision[j] as number];
    constant -= f ** 2 / (2 * gamma) + 0.5 * Math.log((2 * Math.PI) / gamma);
  }
  return { ...network, constant };
}

/** Of a one-hot unit only one number is 1: its couplings with itself are fields. */
function takeOwnBlocks({ units, width }: Layer, couplings: Float64Array, fields: Float64Array): void {
  const n = units * width;
  for (let unit = 0; unit < units; unit++) {
    for (let k = unit * width; k < (unit + 1) * width; k++) {
      fields[k] = (fields[k] as number) + (couplings[k * n + k] as number) / 2;
      couplings.fill(0, k * n + unit * width, k * n + (unit + 1) * width);
    }
  }
}
