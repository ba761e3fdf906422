import { Catalog } from '@rbm/core/contracts';
import { optimizerSuite } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import plugin, { optimizer } from './index.js';

optimizerSuite({
  it,
  describe,
  optimizer: () => optimizer({ momentum: 0.5 }),
  // The equation, written apart from the optimizer.
  rule: (parameters, gradients, rates) => {
    const velocity = new Float64Array(parameters.length);
    const moved = parameters.slice();
    for (const [step, gradient] of gradients.entries()) {
      for (let i = 0; i < moved.length; i++) {
        velocity[i] = 0.5 * velocity[i] - rates[step] * gradient[i];
        moved[i] += velocity[i];
      }
    }
    return moved;
  },
});

it('is made by its name, with checked options', async () => {
  const made = await new Catalog([plugin()]).create('optimizers', 'my/__NAME__', { momentum: 0.5 });
  expect(made.settings).toEqual({ momentum: 0.5 });
});
