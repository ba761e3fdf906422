import { bernoulli, type EnergyModel, gaussian, parameter, potts, spin } from '@rbm/core';
import { Catalog, type InteractionPlace } from '@rbm/core/contracts';
import { decodeModel, encodeModel } from '@rbm/formats';
import { modelSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { model } from './index.js';

/** The energy as its equation says, written apart from the model. */
function energy(
  of: EnergyModel,
  { visible: x }: Readonly<Record<string, ArrayLike<number>>>,
  distance: number,
): number {
  const bias = parameter(of, 'visible.bias');
  const [strength] = parameter(of, 'coupling.strength');
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum -= bias[i] * x[i];
    if (i + distance < x.length) sum -= strength * x[i] * x[i + distance];
  }
  return sum;
}

const catalog = new Catalog([plugin()]);
const interactions = {
  'my/__NAME__': (place: InteractionPlace, settings: unknown) =>
    catalog.createInteraction('my/__NAME__', place, settings),
};

describe.each([
  ['neighbours', bernoulli(5), 1],
  ['spins at distance 2', spin(5), 2],
] as const)('%s', (_, visible, distance) => {
  modelSuite({
    it,
    model: () => model({ visible, distance }),
    energy: (of, values) => energy(of, values, distance),
    saving: { save: encodeModel, load: (bytes) => decodeModel(bytes, 'model', { interactions }).model },
  });
});

it('is made by its name, and refuses other data', async () => {
  const made = await catalog.create('energyModels', 'my/__NAME__', { distance: 2 }, { visible: gaussian(4) });
  expect(made.kind).toBe('my/__NAME__');
  expect(() => model({ visible: bernoulli(1) })).toThrow(/more than 1 units/);
  expect(() => model({ visible: potts(4, { categories: 3 }) })).toThrow(/one number each/);
});
