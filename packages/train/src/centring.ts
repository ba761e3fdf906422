import {
  type EnergyModel,
  isPairwise,
  type Layer,
  listEntries,
  type Range,
  RbmError,
  rowLength,
  type Samples,
  sampleWidth,
} from '@rbm/core';

/** Coordinates of the parameters in which units count from offsets. */
export interface Centring {
  /** Laid out like the parameters: the offset of each number of each layer, in the place of its bias; 0 elsewhere. */
  readonly offsets: Float64Array;
  /** Turns the gradient of the cost into the direction of its steepest descent in these coordinates, in place. */
  apply(gradient: Float64Array, offsets: Float64Array): void;
}

/**
 * Centring (Montavon and Müller 2012; the "enhanced gradient" of Cho, Raiko and Ilin 2013): steps are taken as if the
 * energy were that of centred units, `−Σ a_i v_i − Σ b_j h_j − Σ (v_i − μ_i) w_ij (h_j − λ_j)`. The model is the same; the
 * way to it does not depend on which state of a unit is called 1, and is much straighter where units are mostly off:
 *
 *     ∇w_ij ← ∇w_ij − μ_i ∇b_j − λ_j ∇a_i,   ∇a_i ← ∇a_i − Σ_j λ_j ∇w_ij,   ∇b_j ← ∇b_j − Σ_i μ_i ∇w_ij.
 *
 * The offsets stay as they are: visible units' means over the data, hidden units' means without fields and inputs.
 *
 * @throws RbmError `SHAPE_MISMATCH` for samples of another width; `UNSUPPORTED` for a layer whose first parameters are not
 * the fields of its units, and for an interaction that is no list of pairs.
 */
export function centring(model: EnergyModel, data: Samples): Centring {
  const fields = model.layers.map((layer, l) => fieldsOf(model, layer, l));
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
    offsets: findOffsets(model, data, fields),
    apply(gradient, offsets) {
      for (const { a, b, weights, entries } of ends) {
        for (let e = 0; e < entries.a.length; e++) {
          const [i, j, w] = [a + (entries.a[e] as number), b + (entries.b[e] as number), weights.start + e];
          gradient[w] =
            (gradient[w] as number) -
            (offsets[i] as number) * (gradient[j] as number) -
            (offsets[j] as number) * (gradient[i] as number);
        }
      }
      // Only now, since the weights needed the fields' gradients as they were.
      for (const { a, b, weights, entries } of ends) {
        for (let e = 0; e < entries.a.length; e++) {
          const [i, j, w] = [a + (entries.a[e] as number), b + (entries.b[e] as number), weights.start + e];
          gradient[i] = (gradient[i] as number) - (offsets[j] as number) * (gradient[w] as number);
          gradient[j] = (gradient[j] as number) - (offsets[i] as number) * (gradient[w] as number);
        }
      }
    },
  };
}

/** Where a layer's fields begin: the parameters whose statistics are the units' values. */
function fieldsOf(model: EnergyModel, layer: Layer, l: number): number {
  const [first] = layer.parameters;
  const length = first?.shape.reduce((product, extent) => product * extent, 1);
  if (length !== rowLength(layer) || !(first?.name === 'bias' || first?.name === 'field')) {
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${model.names[l]}" (${layer.kind}) has no field for each number of its units, which centring needs.`,
    );
  }
  return (model.layout.layers[l] as Range).start;
}

function findOffsets(model: EnergyModel, data: Samples, fields: readonly number[]): Float64Array {
  const { values, count, width, weights } = data;
  if (width !== sampleWidth(model)) {
    throw new RbmError('SHAPE_MISMATCH', `The model takes samples of ${sampleWidth(model)} numbers, not ${width}.`);
  }
  const offsets = new Float64Array(model.layout.length);
  const means = new Float64Array(width);
  const total = weights ? weights.reduce((sum, w) => sum + w, 0) : count;
  for (let n = 0; n < count; n++) {
    const share = (weights ? (weights[n] as number) : 1) / total;
    for (let i = 0; i < width; i++) means[i] = (means[i] as number) + share * (values[n * width + i] as number);
  }
  let next = 0;
  model.layers.forEach((layer, l) => {
    const place = offsets.subarray(fields[l] as number, (fields[l] as number) + rowLength(layer));
    if (model.visible.includes(l)) {
      place.set(means.subarray(next, next + place.length));
      next += place.length;
    } else {
      const featureless = layer.initial.slice().fill(0, 0, place.length);
      layer.mean(featureless, new Float64Array(place.length), place);
    }
  });
  return offsets;
}
