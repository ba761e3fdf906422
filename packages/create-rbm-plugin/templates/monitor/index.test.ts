import { bernoulli, generator, rbm, reference } from '@rbm/core';
import { Catalog, type Monitor } from '@rbm/core/contracts';
import { monitorSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { monitor } from './index.js';

monitorSuite({ it, describe, monitor: () => monitor({ large: 0.5 }) });

/** Measures a machine of two visible units and one hidden unit with the given weights, and two samples. */
async function measure(what: Monitor, weights: readonly [number, number]) {
  const backend = reference();
  const program = await backend.prepare(rbm({ visible: bernoulli(2), hidden: bernoulli(1), weights }));
  const train = { values: Uint8Array.of(0, 1, 1, 1), count: 2, width: 2 };
  const metrics = await what.measure({ program, train, random: generator(1), step: 0 });
  await backend.close();
  return metrics;
}

it('measures the weights of a model whose numbers are known', async () => {
  expect(await measure(monitor(), [-2, 0.5])).toEqual({ meanWeight: 1.25, largeWeights: 0.5 });
  expect(await measure(monitor({ large: 3 }), [-2, 0.5])).toEqual({ meanWeight: 1.25, largeWeights: 0 });
});

it('is made by its name, with checked options', async () => {
  const made = await new Catalog([plugin()]).create('monitors', 'my/__NAME__', { large: 2 });
  expect(await measure(made, [-2, 0.5])).toEqual({ meanWeight: 1.25, largeWeights: 0.5 });
});
