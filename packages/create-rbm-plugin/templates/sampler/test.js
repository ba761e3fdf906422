import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Catalog } from '@rbm/core/contracts';
import { samplerSuite } from '@rbm/testkit';
import plugin, { create } from './index.js';

samplerSuite({ it, sampler: create() });

it('is known by its name', async () => {
  assert.ok(await new Catalog([plugin()]).create('samplers', 'my/__NAME__', {}, { units: 2 }));
});
