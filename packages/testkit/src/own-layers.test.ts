import { bernoulli, binomial, gaussian, potts, relu, spin } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { describe, it } from 'vitest';
import { layerSuite } from './layer-suite.js';
import type { LayerFactory } from './layers/subject.js';

const own: Readonly<Record<string, (units: number) => Layer>> = {
  bernoulli,
  spin,
  gaussian,
  relu,
  'potts, 2 categories': (units) => potts(units, { categories: 2 }),
  'potts, 3 categories': (units) => potts(units, { categories: 3 }),
  'potts, 5 categories': (units) => potts(units, { categories: 5 }),
  'binomial, 1 trial': (units) => binomial(units, { trials: 1 }),
  'binomial, 2 trials': (units) => binomial(units, { trials: 2 }),
  'binomial, 7 trials': (units) => binomial(units, { trials: 7 }),
};

/** The factories of kinds that have settings. */
const factories: Readonly<Record<string, LayerFactory>> = {
  potts: ({ categories = 0 }, { units }) => potts(units, { categories }),
  binomial: ({ trials = 0 }, { units }) => binomial(units, { trials }),
};

for (const [name, layer] of Object.entries(own)) {
  const create = factories[layer(1).kind];
  describe(name, () => layerSuite({ it, layer, ...(create ? { create } : {}) }));
}
