import { bernoulli, binomial, gaussian, potts, relu, spin } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { describe, it } from 'vitest';
import { layerSuite } from './layer-suite.js';

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

for (const [name, layer] of Object.entries(own)) {
  describe(name, () => layerSuite({ it, layer }));
}
