import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bernoulli, gaussian, rbm, reference } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { isIrreducible, randomRbm, samplerSuite, stationaryError, transitionMatrix } from '@rbm/testkit';
import plugin, { metropolis } from 'rbm-sampler-metropolis';

samplerSuite({ it, sampler: metropolis() });

for (const flip of [0.01, 0.3, 0.99]) {
  it(`leaves the distribution invariant when a share of ${flip} is tried`, async () => {
    const transition = await transitionMatrix(
      metropolis({ flip }),
      randomRbm({ visible: 2, hidden: 2, scale: 2, seed: 1 }),
    );
    assert.ok(stationaryError(transition) < 1e-12);
    assert.ok(isIrreducible(transition));
  });
}

it('refuses other units', async () => {
  const program = await reference().prepare(rbm({ visible: gaussian(2), hidden: bernoulli(1) }));
  assert.throws(() => metropolis().bind(program), { code: 'UNSUPPORTED' });
});

it('is known by its name, with options that are checked', async () => {
  const catalog = new Catalog([plugin()]);
  assert.equal((await catalog.create('samplers', 'acme/metropolis', { flip: 0.4 })).name, 'acme/metropolis');
  await assert.rejects(catalog.create('samplers', 'acme/metropolis', { flip: 2 }), { code: 'OPTION_INVALID' });
});
