import { type EnergyModel, fitVisible, layerParameters, RbmError, rowLength, type Samples } from '@rbm/core';

/** @throws RbmError `SHAPE_MISMATCH` for a base that is not laid out like the model's parameters. */
export function checkBase({ layout }: EnergyModel, base: Float64Array): void {
  if (base.length === layout.length) return;
  throw new RbmError(
    'SHAPE_MISMATCH',
    `The base needs ${layout.length} numbers, laid out like the model's parameters, not ${base.length}.`,
  );
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
  const base = new Float64Array(model.layout.length);
  const none = new Float64Array(0);
  model.layers.forEach((layer, l) => {
    layer.fit(none, none, 1, layerParameters(model, l, base));
  });
  fitVisible(model, samples, base);
  return base;
}
