import type { SampleArray, Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { type EnergyModel, layerParameters, sampleWidth } from './model.js';

/** Weight of a featureless unit, in samples as weights count them: keeps a pixel that is never on from an infinite bias. */
const PSEUDOCOUNT = 1;

/**
 * Sets the parameters of the visible layers to those of greatest likelihood for units that do not interact, with the
 * weight of one sample of a featureless unit. Where training starts best (Hinton 2010, §8.1), where annealing starts,
 * and, for a model of units alone, the baseline of likelihoods.
 *
 * @param parameters Laid out like the model's; its own unless given.
 * @throws RbmError `SHAPE_MISMATCH`; `DATA_INVALID` for values that a unit cannot take.
 */
export function fitVisible(model: EnergyModel, samples: Samples, parameters: Float64Array = model.parameters): void {
  const { values, count, width } = samples;
  const weights = samples.weights ?? new Float64Array(count).fill(1);
  if (width !== sampleWidth(model) || values.length !== count * width || weights.length !== count) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The model takes samples of width ${sampleWidth(model)}; given were ${values.length} numbers and ` +
        `${weights.length} weights as ${count} of width ${width}.`,
    );
  }
  let offset = 0;
  for (const l of model.visible) {
    const layer = model.layers[l] as Layer;
    layer.fit(columns(samples, offset, rowLength(layer)), weights, PSEUDOCOUNT, layerParameters(model, l, parameters));
    offset += rowLength(layer);
  }
}

/** Some columns of the samples: `[count, length]`. */
function columns({ values, count, width }: Samples, offset: number, length: number): SampleArray {
  if (length === width) return values;
  const part = new Float64Array(count * length);
  for (let n = 0; n < count; n++) {
    part.set(values.subarray(n * width + offset, n * width + offset + length), n * length);
  }
  return part;
}
