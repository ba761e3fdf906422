import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Catalog } from '@rbm/core/contracts';
import { datasetSuite } from '@rbm/testkit';
import plugin, { create } from './index.js';

datasetSuite({ it, dataset: () => create() });

it('is known by its name', async () => {
  assert.ok(await new Catalog([plugin()]).create('datasets', 'my/__NAME__', {}, { units: 2 }));
});
