import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bernoulli, cost, enumerate, fitVisible, generator, rbm, reference } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { optimizerSuite } from '@rbm/testkit';
import { exact, train } from '@rbm/train';
import plugin, { lion } from 'rbm-optimizer-lion';

optimizerSuite({
  it,
  optimizer: () => lion({ weightDecay: 0.1 }),
  rule: (parameters, gradients, rates, model) => {
    const momentum = new Float64Array(parameters.length);
    const moved = parameters.slice();
    const decays = new Float64Array(parameters.length);
    for (const { offset, length, interaction } of model.layout.arrays) {
      if (interaction) decays.fill(0.1, offset, offset + length);
    }
    for (const [step, gradient] of gradients.entries()) {
      for (let i = 0; i < moved.length; i++) {
        const sign = Math.sign(0.9 * momentum[i] + 0.1 * gradient[i]);
        moved[i] -= rates[step] * (sign + decays[i] * moved[i]);
        momentum[i] = 0.99 * momentum[i] + 0.01 * gradient[i];
      }
    }
    return moved;
  },
});

const model = () => rbm({ visible: bernoulli(2, { bias: [1, -1] }), hidden: bernoulli(1), weights: [2, -1] });

/** Steps with the given gradients. @returns Parameters after each. */
async function steps(optimizer, gradients, rate) {
  const backend = reference();
  const program = await backend.prepare(model());
  const gradient = program.allocate({ holds: 'parameters' });
  const slots = optimizer.init(program.model).map(() => program.allocate({ holds: 'parameters' }));
  const found = [];
  for (const [step, g] of gradients.entries()) {
    backend.write(gradient, Float64Array.from(g));
    program.update(optimizer, gradient, slots, { rate, step });
    found.push(await backend.read(program.parameters));
  }
  await backend.close();
  return found;
}

it('steps by the sign of a momentum, of which more is kept than used', async () => {
  // Biases of two visible units and one hidden unit, then two weights. The second gradient turns some signs.
  const gradients = [
    [1, -1, 0, 3, -3],
    [-0.05, 0.2, 0, -3, 3],
  ];
  const [first, second] = await steps(lion(), gradients, 0.1);
  assert.deepEqual([...first], [0.9, -0.9, 0, 1.9, -0.9]);
  // m = 0.01 g₁; 0.9 m + 0.1 g₂ = (0.004, 0.011, 0, −0.273, 0.273).
  for (const [i, wanted] of [0.8, -1, 0, 2, -1].entries()) assert.ok(Math.abs(second[i] - wanted) < 1e-12);
});

it('decays weights, and not biases', async () => {
  const [found] = await steps(lion({ weightDecay: 0.5 }), [[0, 0, 0, 0, 0]], 0.1);
  for (const [i, wanted] of [1, -1, 0, 1.9, -0.95].entries()) assert.ok(Math.abs(found[i] - wanted) < 1e-12);
});

it('trains', async () => {
  const values = Uint8Array.from([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
  const data = { values, count: 4, width: 3 };
  const random = generator(1);
  const machine = rbm({ visible: bernoulli(3), hidden: bernoulli(2), random });
  fitVisible(machine, data);
  const before = cost(machine, data, (await enumerate(machine)).logPartition);
  const settings = { estimator: exact(), optimizer: lion(), rate: 0.01, batch: 4, epochs: 600 };
  for await (const _ of train({ model: machine, data, backend: reference(), random, ...settings }));
  const after = cost(machine, data, (await enumerate(machine)).logPartition);
  // Two patterns: at least log 2 = 0.69 nats a sample; independent units have 3 log 2 = 2.08.
  assert.ok(before > 2 && after < 0.8, `${before} → ${after}`);
});

it('is made by its name, with options that are checked', async () => {
  const catalog = new Catalog([plugin()]);
  const { settings } = await catalog.create('optimizers', 'acme/lion', { beta1: 0.95 });
  assert.deepEqual(settings, { beta1: 0.95, beta2: 0.99, weightDecay: 0 });
  await assert.rejects(catalog.create('optimizers', 'acme/lion', { beta1: 1 }), { code: 'OPTION_INVALID' });
});
