import { type EnergyModel, enumerate, fitVisible, independent, type Samples } from '@rbm/core';
import { type Layer, layerParameters } from '@rbm/core/contracts';

/** What the rates of units that do not interact come from. */
export type RatesFrom = 'training data' | 'train part' | 'judged rows';

/** Units that do not interact, with rates of their own: what likelihoods are compared with. */
export interface IndependentBaseline {
  /** With the rates, normalised: `log P(v) = −F(v) − logPartition`. */
  readonly model: EnergyModel;
  readonly logPartition: number;
  readonly ratesFrom: RatesFrom;
}

/**
 * The independent baseline of a model: with the rates of its training data where its file keeps them, else with those of
 * other samples, which is then said.
 *
 * @param stored See `ModelDetails.baseline`.
 */
export async function independentBaseline(
  model: EnergyModel,
  stored: Float64Array | undefined,
  others: Samples,
  othersAre: Exclude<RatesFrom, 'training data'>,
): Promise<IndependentBaseline> {
  const alone = independent(model.layers[model.visible[0] as number] as Layer);
  if (stored) alone.parameters.set(stored.subarray(0, alone.parameters.length));
  else fitVisible(alone, others);
  const { logPartition } = await enumerate(alone);
  return { model: alone, logPartition, ratesFrom: stored ? 'training data' : othersAre };
}

/**
 * The base of paths of temperatures: visible units with stored rates, hidden ones featureless. Laid out like the model's
 * parameters.
 */
export function baseFromRates(model: EnergyModel, stored: Float64Array): Float64Array {
  const base = new Float64Array(model.layout.length);
  const none = new Float64Array(0);
  model.layers.forEach((layer, l) => {
    layer.fit(none, none, 1, layerParameters(model, l, base));
  });
  let offset = 0;
  for (const l of model.visible) {
    const part = layerParameters(model, l, base);
    part.set(stored.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return base;
}
