import { bernoulli, createModel, type EnergyModel, potts, rbm, type Samples } from '@rbm/core';

/** Three visible and two hidden units. */
export const model: EnergyModel = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
/** Two visible layers of different kinds, of which the second comes first among the layers that have data. */
export const mixed: EnergyModel = createModel({
  kind: 'mixed',
  layers: [
    { name: 'pixels', layer: bernoulli(2), visible: true },
    { name: 'hidden', layer: bernoulli(2) },
    { name: 'label', layer: potts(1, { categories: 3 }), visible: true },
  ],
  interactions: [
    { kind: 'dense', name: 'a', between: [0, 1] },
    { kind: 'dense', name: 'b', between: [1, 2] },
  ],
  blocks: [[1], [0, 2]],
});

/** Samples of these numbers. */
export function samples(values: readonly number[], width: number, weights?: readonly number[]): Samples {
  const array = Float64Array.from(values);
  return {
    values: array,
    count: values.length / width,
    width,
    ...(weights ? { weights: Float64Array.from(weights) } : {}),
  };
}
