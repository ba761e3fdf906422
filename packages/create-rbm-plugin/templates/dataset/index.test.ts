import { bernoulli } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { datasetSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { dataset } from './index.js';

datasetSuite({ it, describe, dataset: () => dataset(), layer: bernoulli(6) });

it('has what it says', () => {
  const { train, test } = dataset({ count: 40 });
  expect([train.count, test?.count]).toEqual([40, 10]);
  for (let n = 0; n < train.values.length; n += 2) expect(train.values[n]).toBe(train.values[n + 1]);
});

it('is made by its name, with checked options', async () => {
  const catalog = new Catalog([plugin()]);
  expect((await catalog.create('datasets', 'my/__NAME__', { seed: 7 })).preparation).toEqual({ seed: 7 });
  await expect(catalog.create('datasets', 'my/__NAME__', { count: 0 })).rejects.toThrow(/at least 1/);
});
