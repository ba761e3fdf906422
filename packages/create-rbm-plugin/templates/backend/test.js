import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Catalog } from '@rbm/core/contracts';
import { backendSuite } from '@rbm/testkit';
import plugin, { create } from './index.js';

backendSuite({ it, backend: create });

it('is known by its name', async () => {
  assert.ok(await new Catalog([plugin()]).create('backends', 'my/__NAME__', {}, { units: 2 }));
});
