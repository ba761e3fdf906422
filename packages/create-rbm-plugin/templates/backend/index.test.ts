import { Catalog } from '@rbm/core/contracts';
import { backendSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { backend } from './index.js';

backendSuite({ it, describe, backend });

it('is made by its name', async () => {
  const made = await new Catalog([plugin()]).create('backends', 'my/__NAME__');
  expect(made.name).toBe('my/__NAME__');
  await made.close();
});
