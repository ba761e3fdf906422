import { bernoulli } from '@rbm/core';
import { layerSuite } from '@rbm/testkit';

const node = globalThis.it ? {} : await import('node:test');

layerSuite({
  it: globalThis.it ?? node.it,
  describe: globalThis.describe ?? node.describe,
  layer: (units) => ({ ...bernoulli(units), mean: bernoulli(units).mode }),
});
