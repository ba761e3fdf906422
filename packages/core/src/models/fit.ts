import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { type EnergyModel, layerParameters, ownParameters, sampleWidth } from './model.js';
import { visibleValues } from './visible-values.js';

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
export function fitVisible(
  model: EnergyModel,
  samples: Samples,
  parameters: Float64Array = ownParameters('fitVisible', model),
): void {
  checkArgument('fitVisible', 'samples', samples, kinds.samples);
  checkArgument('fitVisible', 'parameters', parameters, kinds.sampleArray);
  const { values, count, width } = samples;
  const weights = samples.weights ?? new Float64Array(count).fill(1);
  if (width !== sampleWidth(model) || values.length !== count * width || weights.length !== count) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The model takes samples of width ${sampleWidth(model)}; given were ${values.length} numbers and ` +
        `${weights.length} weights as ${count} of width ${width}.`,
    );
  }
  for (const [v, l] of model.visible.entries()) {
    const layer = model.layers[l] as Layer;
    layer.fit(visibleValues(model, samples, v), weights, PSEUDOCOUNT, layerParameters(model, l, parameters));
  }
}
