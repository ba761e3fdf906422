import { Catalog } from '@rbm/core/contracts';
import { layerSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { layer } from './index.js';

layerSuite({ it, describe, layer });

it('is made by its name, with as many units as are asked for', () => {
  const made = new Catalog([plugin()]).createLayer('my/__NAME__', 3);
  expect([made.kind, made.units]).toEqual(['my/__NAME__', 3]);
});
