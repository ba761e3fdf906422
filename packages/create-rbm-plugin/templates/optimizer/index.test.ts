import { bernoulli, rbm, reference } from '@rbm/core';
import { Catalog, type Optimizer } from '@rbm/core/contracts';
import { expect, it } from 'vitest';
import plugin, { optimizer } from './index.js';

const model = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });

/** Steps of an optimizer as a training does them: the cost is `½ Σ_i (λ_i − 1)²`, whose gradient is `λ − 1`. */
async function descend(rule: Optimizer, rate: number, steps: number): Promise<Float64Array> {
  const backend = reference();
  const program = await backend.prepare(model);
  const gradient = program.allocate({ holds: 'parameters' });
  const slots = rule.init(model).map((start) => {
    const slot = program.allocate({ holds: 'parameters' });
    backend.write(slot, start);
    return slot;
  });
  for (let step = 0; step < steps; step++) {
    backend.write(
      gradient,
      (await backend.read(program.parameters)).map((x) => x - 1),
    );
    program.update(rule, gradient, slots, { rate, step });
  }
  const found = await backend.read(program.parameters);
  await backend.close();
  return found;
}

it('follows its equation for two steps', async () => {
  const start = model.parameters[0];
  const first = start - 0.1 * (start - 1);
  const second = first + 0.5 * (first - start) - 0.1 * (first - 1);
  expect((await descend(optimizer({ momentum: 0.5 }), 0.1, 1))[0]).toBeCloseTo(first, 12);
  expect((await descend(optimizer({ momentum: 0.5 }), 0.1, 2))[0]).toBeCloseTo(second, 12);
});

it('finds the minimum', async () => {
  for (const x of await descend(optimizer(), 0.05, 500)) expect(x).toBeCloseTo(1, 4);
});

it('keeps no state of its own', async () => {
  const rule = optimizer();
  expect(await descend(rule, 0.1, 3)).toEqual(await descend(rule, 0.1, 3));
});

it('is made by its name, with checked options', async () => {
  const made = await new Catalog([plugin()]).create('optimizers', 'my/__NAME__', { momentum: 0.5 });
  expect(made.settings).toEqual({ momentum: 0.5 });
});
