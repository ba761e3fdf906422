import { type EnergyModel, fitVisible, RbmError, type Samples } from '@rbm/core';
import {
  type ArgumentKind,
  checkArgument,
  argumentKinds as kinds,
  layerParameters,
  layerParametersLength,
  rowLength,
} from '@rbm/core/contracts';

/** For checks of arguments. */
export const baseKind: ArgumentKind = { ...kinds.sampleArray, example: 'baseRates(model, data)' };

/**
 * @throws RbmError `SHAPE_MISMATCH` for a base that is not laid out like the model's parameters; `ARGUMENT_INVALID` for one with
 * weights, whose `log Z` is not known.
 */
export function checkBase(model: EnergyModel, base: Float64Array): void {
  const { layout } = model;
  if (base.length !== layout.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The base has ${base.length} numbers; expected ${layout.length}, laid out like the model's parameters.`,
    );
  }
  const first = layerParametersLength(model);
  const weight = base.subarray(first).findIndex((w) => w !== 0);
  if (weight < 0) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `base[${first + weight}] is ${base[first + weight]}, a weight; expected 0: the base has independent units. See baseRates.`,
  );
}

/** The model's own layers as a base, without its weights. */
export function ownBase(model: EnergyModel): Float64Array {
  return model.parameters.slice().fill(0, layerParametersLength(model));
}

/** `log Z` of a base: its units are independent. */
export function basePartition(model: EnergyModel, base: Float64Array): number {
  return model.layers.reduce((sum, layer, l) => {
    const cumulants = new Float64Array(layer.units);
    layer.cgf(layerParameters(model, l, base), new Float64Array(rowLength(layer)), cumulants);
    return sum + cumulants.reduce((total, c) => total + c, 0);
  }, 0);
}

/**
 * A base for annealing and tempering: visible units independent with the rates of the data, hidden ones featureless (unbiased,
 * for Bernoulli units). On well-trained models that leaves larger effective samples than the hidden units' own biases.
 *
 * @returns Laid out like the parameters, with weights 0.
 * @throws as `fitVisible`.
 */
export function baseRates(model: EnergyModel, samples: Samples): Float64Array {
  checkArgument('baseRates', 'model', model, kinds.model);
  checkArgument('baseRates', 'samples', samples, kinds.samples);
  const base = new Float64Array(model.layout.length);
  const none = new Float64Array(0);
  model.layers.forEach((layer, l) => {
    layer.fit(none, none, 1, layerParameters(model, l, base));
  });
  fitVisible(model, samples, base);
  return base;
}
