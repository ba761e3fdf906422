import { type EnergyModel, RbmError, type Samples, sampleWidth } from '@rbm/core';
import {
  type Centring,
  centredCoordinates,
  checkArgument,
  fieldsOf,
  argumentKinds as kinds,
  rowLength,
} from '@rbm/core/contracts';

/**
 * Centring (Montavon and Müller 2012; the "enhanced gradient" of Cho, Raiko and Ilin 2013): steps are taken as if the
 * energy were that of centred units, `−Σ a_i v_i − Σ b_j h_j − Σ (v_i − μ_i) w_ij (h_j − λ_j)`. The model is the same; the
 * way to it does not depend on which state of a unit is called 1, and is much straighter where units are mostly off.
 *
 * The gradient becomes one by centred parameters, the optimizer's rule makes a step of it, and the step becomes one of plain
 * parameters:
 *
 *     ∇w_ij ← ∇w_ij − μ_i ∇b_j − λ_j ∇a_i;   Δa_i ← Δa_i − Σ_j λ_j Δw_ij,   Δb_j ← Δb_j − Σ_i μ_i Δw_ij.
 *
 * Penalties, clipping, moments and weight decay act in centred coordinates. There weights are what they are in plain ones, and
 * a weight that shrinks takes along the fields that it was balanced by.
 *
 * The offsets stay as they are: visible units' means over the data, hidden units' means without fields and inputs.
 *
 * @throws RbmError `SHAPE_MISMATCH` for samples of another width; `UNSUPPORTED` for a layer whose first parameters are not
 * the fields of its units, and for an interaction that is no list of pairs.
 */
export function centring(model: EnergyModel, data: Samples): Centring {
  checkArgument('centring', 'model', model, kinds.model);
  checkArgument('centring', 'data', data, kinds.samples);
  const fields = model.layers.map((_, l) => fieldsOf(model, l));
  return { offsets: findOffsets(model, data, fields), ...centredCoordinates(model) };
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
