import { Catalog } from '@rbm/core/contracts';
import { estimatorSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { estimator } from './index.js';

estimatorSuite({ it, describe, estimator: estimator() });

describe('with two sweeps', () => estimatorSuite({ it, estimator: estimator({ sweeps: 2 }) }));

it('is made by its name, with checked options', async () => {
  const made = await new Catalog([plugin()]).create('estimators', 'my/__NAME__', { sweeps: 3 });
  expect(made.settings).toEqual({ sweeps: 3 });
});
