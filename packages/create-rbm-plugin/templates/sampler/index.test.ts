import { Catalog } from '@rbm/core/contracts';
import { samplerSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { sampler } from './index.js';

samplerSuite({ it, describe, sampler: sampler() });

it('is made by its name, with checked options', async () => {
  const catalog = new Catalog([plugin()]);
  const made = await catalog.create('samplers', 'my/__NAME__', { repeats: 3 });
  expect(made.settings).toEqual({ repeats: 3 });
  await expect(catalog.create('samplers', 'my/__NAME__', { repeats: 0 })).rejects.toThrow(/at least 1/);
});
