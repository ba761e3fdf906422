import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { interactionParameters } from './hamiltonian.js';
import { isPairwise } from './interaction.js';
import { type EnergyModel, layerParameters } from './model.js';
import { listEntries } from './pairs.js';

/** The most units of a form: its matrix then takes 32 MiB, and its elimination a few seconds. */
const MOST_UNITS = 2048;

/**
 * What some unbounded layers add to the energy for large values: `½ xᵀ A x` over all their units, with the curvatures on
 * the diagonal of `A` and minus the couplings beside it.
 */
export interface QuadraticForm {
  readonly units: number;
  /** The layers, as indices into the model's, in the order of their units. */
  readonly layers: readonly number[];
  /** The number of each layer's first unit. */
  readonly first: readonly number[];
  /** `[units]`: the diagonal. */
  readonly curvatures: Float64Array;
  /** `[units, units]`, row-major. Only the lower triangle is used. */
  readonly matrix: Float64Array;
}

/**
 * The form of some unbounded layers.
 *
 * @throws RbmError `SIZE_LIMIT` for more than 2,048 units.
 */
export function quadraticForm(model: EnergyModel, parameters: Float64Array, layers: readonly number[]): QuadraticForm {
  const first: number[] = [];
  let units = 0;
  for (const l of layers) {
    first.push(units);
    units += (model.layers[l] as Layer).units;
  }
  if (units > MOST_UNITS) {
    throw new RbmError(
      'SIZE_LIMIT',
      `Layers ${layers.map((l) => `"${model.names[l]}"`).join(', ')} are unbounded and act on each other. Whether such a ` +
        `model has a distribution can be told for up to ${MOST_UNITS} of their units, not for ${units}.`,
    );
  }
  const curvatures = new Float64Array(units);
  layers.forEach((l, n) => {
    const layer = model.layers[l] as Layer;
    const start = first[n] as number;
    layer.unbounded?.curvature(layerParameters(model, l, parameters), curvatures.subarray(start, start + layer.units));
  });
  const matrix = new Float64Array(units * units);
  for (let i = 0; i < units; i++) matrix[i * units + i] = curvatures[i] as number;
  model.interactions.forEach((interaction, n) => {
    // Open ones join no two unbounded layers: see checkNormalisable.
    if (!isPairwise(interaction)) return;
    const [fromA, fromB] = interaction.between.map((l) => first[layers.indexOf(l)]);
    if (fromA === undefined || fromB === undefined) return;
    const weights = interactionParameters(model, n, parameters);
    const entries = listEntries(interaction, model.layers);
    for (let e = 0; e < weights.length; e++) {
      const [i, j] = [fromA + (entries.a[e] as number), fromB + (entries.b[e] as number)];
      // Two layers may act on each other through more than one interaction.
      const at = Math.max(i, j) * units + Math.min(i, j);
      matrix[at] = (matrix[at] as number) - (weights[e] as number);
    }
  });
  return { units, layers, first, curvatures, matrix };
}

/**
 * Eliminates units `from` to `end − 1` from a form, in place: `A = L D Lᵀ` as far as it has come, with `D` on the
 * diagonal, `L` below it, and what is left of the form for the other units, the Schur complement, in the lower right. A
 * form is positive definite if and only if every diagonal entry is positive when its turn comes.
 *
 * @returns The first unit whose entry is not positive by more than rounding can make it, or −1.
 */
export function eliminate({ units, curvatures, matrix }: QuadraticForm, from: number, end: number): number {
  const column = new Float64Array(units);
  for (let k = from; k < end; k++) {
    const pivot = matrix[k * units + k] as number;
    if (!(pivot > units * Number.EPSILON * (curvatures[k] as number))) return k;
    for (let i = k + 1; i < units; i++) column[i] = matrix[i * units + k] as number;
    for (let i = k + 1; i < units; i++) {
      // Units of one layer do not act on each other: most entries are zeros at first.
      if (column[i] === 0) continue;
      const factor = (column[i] as number) / pivot;
      for (let j = k + 1; j <= i; j++) {
        matrix[i * units + j] = (matrix[i * units + j] as number) - factor * (column[j] as number);
      }
      matrix[i * units + k] = factor;
    }
  }
  return -1;
}

/** `x ← A⁻¹ x` for a form that was eliminated completely. `x`: `[units]`. */
export function solve({ units, matrix }: QuadraticForm, x: Float64Array): void {
  for (let i = 0; i < units; i++) {
    let value = x[i] as number;
    for (let j = 0; j < i; j++) value -= (matrix[i * units + j] as number) * (x[j] as number);
    x[i] = value;
  }
  for (let i = 0; i < units; i++) x[i] = (x[i] as number) / (matrix[i * units + i] as number);
  for (let i = units - 1; i >= 0; i--) {
    const value = x[i] as number;
    for (let j = 0; j < i; j++) x[j] = (x[j] as number) - (matrix[i * units + j] as number) * value;
  }
}
