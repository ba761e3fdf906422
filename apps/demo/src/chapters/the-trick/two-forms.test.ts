import { reference } from '@rbm/core';
import { expect, test } from 'vitest';
import { expectedVariation, makeForms, STATES, stateNumber, Tally, totalVariation, UNITS } from './two-forms.js';

test.each([1, 2, 3])('both forms have the same exact distribution, and W Wᵀ is J beside the diagonal (%d)', (seed) => {
  const { couplings, weights, hidden, shift, difference, exact } = makeForms(1, seed);
  expect(difference).toBeLessThan(1e-10);
  expect(exact.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  for (let i = 0; i < UNITS; i++) {
    for (let j = 0; j < UNITS; j++) {
      let product = 0;
      for (let k = 0; k < hidden; k++)
        product += (weights[i * hidden + k] as number) * (weights[j * hidden + k] as number);
      expect(product).toBeCloseTo((couplings[i * UNITS + j] as number) + (i === j ? shift : 0), 10);
    }
  }
});

test('samples of both come to it', async () => {
  const forms = makeForms(0.7, 3);
  const backend = reference();
  for (const model of [forms.network, forms.unfolded]) {
    const tally = new Tally(model, 1);
    for (let step = 0; step < 800; step++) await tally.step(backend);
    expect(tally.total).toBe(40_000);
    // Sweeps are correlated, and the first ones on their way.
    expect(totalVariation(tally.counts, forms.exact)).toBeLessThan(6 * expectedVariation(forms.exact, tally.total));
  }
  expect(backend.memory().buffers).toBe(0);
});

test('states are numbered as digits', () => {
  expect(stateNumber([1, -1, -1, 1])).toBe(9);
  expect(STATES).toBe(16);
});
