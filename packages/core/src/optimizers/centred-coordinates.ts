import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { isPairwise } from '../models/interaction.js';
import type { Range } from '../models/layout.js';
import type { EnergyModel } from '../models/model.js';
import { listEntries } from '../models/pairs.js';

/**
 * Coordinates of the parameters in which units count from offsets: the energy of an interaction is
 * `−Σ (x_i − μ_i) w_ij (y_j − λ_j)`. The model is the same; with `a` and `b` the fields of the two ends, the centred fields
 * are `a_i + Σ_j w_ij λ_j` and `b_j + Σ_i μ_i w_ij`, and the weights are the plain ones. Offsets are laid out like the
 * parameters, each in the place of a unit's field.
 */
export interface CentredCoordinates {
  /** A gradient by plain parameters becomes one by centred parameters, in place: `∇w_ij ← ∇w_ij − μ_i ∇b_j − λ_j ∇a_i`. */
  gradient(gradient: Float64Array, offsets: Float64Array): void;
  /** A step of centred parameters becomes one of plain parameters, in place: `Δa_i ← Δa_i − Σ_j λ_j Δw_ij`, likewise `Δb_j`. */
  step(step: Float64Array, offsets: Float64Array): void;
}

/**
 * The centred coordinates of a model.
 *
 * @throws RbmError `UNSUPPORTED` for a layer whose first parameters are not the fields of its units, and for an interaction that is
 * no list of pairs.
 */
export function centredCoordinates(model: EnergyModel): CentredCoordinates {
  const fields = model.layers.map((_, l) => fieldsOf(model, l));
  const ends = model.interactions.map((interaction, n) => {
    if (!isPairwise(interaction)) {
      throw new RbmError(
        'UNSUPPORTED',
        `Interaction "${interaction.name}" is of kind ${interaction.kind}; centring needs dense, symmetric or sparse ones.`,
      );
    }
    const [a, b] = interaction.between.map((l) => fields[l]) as [number, number];
    return { a, b, weights: model.layout.interactions[n] as Range, entries: listEntries(interaction, model.layers) };
  });
  return {
    gradient(gradient, offsets) {
      for (const { a, b, weights, entries } of ends) {
        for (let e = 0; e < entries.a.length; e++) {
          const [i, j, w] = [a + (entries.a[e] as number), b + (entries.b[e] as number), weights.start + e];
          gradient[w] =
            (gradient[w] as number) -
            (offsets[i] as number) * (gradient[j] as number) -
            (offsets[j] as number) * (gradient[i] as number);
        }
      }
    },
    step(step, offsets) {
      for (const { a, b, weights, entries } of ends) {
        for (let e = 0; e < entries.a.length; e++) {
          const [i, j, w] = [a + (entries.a[e] as number), b + (entries.b[e] as number), weights.start + e];
          step[i] = (step[i] as number) - (offsets[j] as number) * (step[w] as number);
          step[j] = (step[j] as number) - (offsets[i] as number) * (step[w] as number);
        }
      }
    },
  };
}

/**
 * Where the fields of a layer's units begin in the parameters: those whose statistics are the units' values.
 *
 * @throws RbmError `UNSUPPORTED` for a layer without them.
 */
export function fieldsOf(model: EnergyModel, l: number): number {
  const layer = model.layers[l] as Layer;
  if (!hasFields(layer)) {
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${model.names[l]}" (${layer.kind}) has no field for each number of its units, which centring needs.`,
    );
  }
  return (model.layout.layers[l] as Range).start;
}

/** Whether the first parameters of a layer are the fields of its units. */
export function hasFields(layer: Layer): boolean {
  const [first] = layer.parameters;
  const length = first?.shape.reduce((product, extent) => product * extent, 1);
  return length === rowLength(layer) && (first?.name === 'bias' || first?.name === 'field');
}
