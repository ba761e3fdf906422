import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Catalog } from '@rbm/core/contracts';
import { layerSuite } from '@rbm/testkit';
import plugin, { create } from './index.js';

layerSuite({ it, layer: (units) => create({}, { units }) });

it('is known by its name', async () => {
  assert.ok(await new Catalog([plugin()]).create('layers', 'my/__NAME__', {}, { units: 2 }));
});
