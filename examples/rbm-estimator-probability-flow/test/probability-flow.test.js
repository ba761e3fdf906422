import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  bernoulli,
  cloneModel,
  freeEnergy,
  gaussian,
  generator,
  hopfield,
  rbm,
  reference,
  spin,
  visibleDistribution,
} from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { estimatorSuite, randomRbm } from '@rbm/testkit';
import plugin, { probabilityFlow } from 'rbm-estimator-probability-flow';

estimatorSuite({
  it,
  estimator: probabilityFlow(),
  // The gradient is not that of the likelihood.
  cost: (model, { rows, values, weights = new Float64Array(rows).fill(1 / rows) }) =>
    flow(model, Float64Array.from(Object.values(values)[0]), weights, (x) => 1 - x),
});

const machine = () => randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 3 });
const network = () => hopfield({ visible: spin(3), couplings: [0, 0.7, -0.4, 0.7, 0, 0.9, -0.4, 0.9, 0] });

/** `K` as its equation says, sample by sample, on the host. */
function flow(model, samples, weights, flipped) {
  const { units } = model.layers[0];
  const free = (row) => freeEnergy(model, row)[0];
  let sum = 0;
  for (let n = 0; n < weights.length; n++) {
    const row = samples.slice(n * units, (n + 1) * units);
    for (let i = 0; i < units; i++) {
      const other = row.slice();
      other[i] = flipped(other[i]);
      sum += weights[n] * Math.exp((free(row) - free(other)) / 2);
    }
  }
  return sum;
}

/** The gradient and the flow over weighted samples. */
async function estimate(model, samples, weights) {
  const backend = reference();
  const program = await backend.prepare(model);
  const rows = weights.length;
  const visible = program.allocate({ holds: 'states', layer: 0, rows });
  const counts = program.allocate({ holds: 'rows', rows });
  backend.write(visible, samples);
  backend.write(counts, weights);
  const estimation = probabilityFlow().bind(program, rows);
  const state = await estimation.init(generator(1));
  const { gradient, info } = await estimation.estimate(
    { visible: [visible], rows, weights: counts },
    state,
    generator(1),
  );
  const found = await backend.read(gradient);
  await backend.close();
  return { gradient: found, flow: info.numbers.probabilityFlow };
}

for (const [name, make, flipped, samples] of [
  ['a machine of Bernoulli units', machine, (x) => 1 - x, [0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1]],
  ['a network of spins', network, (x) => -x, [1, -1, 1, 1, 1, -1, -1, -1, -1]],
]) {
  it(`is the derivative of the flow: ${name}`, async () => {
    const model = make();
    const values = Float64Array.from(samples);
    const weights = Float64Array.of(0.5, 0.2, 0.3);
    const { gradient, flow: found } = await estimate(model, values, weights);
    assert.ok(Math.abs(found - flow(model, values, weights, flipped)) < 1e-12);
    for (let i = 0; i < gradient.length; i++) {
      const at = (change) => {
        const moved = cloneModel(model);
        moved.parameters[i] += change;
        return flow(moved, values, weights, flipped);
      };
      const wanted = (at(1e-5) - at(-1e-5)) / 2e-5;
      assert.ok(Math.abs(gradient[i] - wanted) < 1e-8, `parameter ${i}: ${gradient[i]}, wanted ${wanted}`);
    }
  });
}

it('vanishes where the data are the model itself', async () => {
  const model = machine();
  const { states, probabilities } = visibleDistribution(model);
  const { gradient } = await estimate(model, states, probabilities);
  for (const slope of gradient) assert.ok(Math.abs(slope) < 1e-12, `${slope}`);
});

it('refuses units that cannot be flipped, and grey levels', async () => {
  const program = await reference().prepare(rbm({ visible: gaussian(2), hidden: bernoulli(1) }));
  assert.throws(() => probabilityFlow().bind(program, 2), { code: 'UNSUPPORTED' });
  const plain = await reference().prepare(machine());
  const visible = plain.allocate({ holds: 'means', layer: 0, rows: 1 });
  const estimation = probabilityFlow().bind(plain, 1);
  await assert.rejects(estimation.estimate({ visible: [visible], rows: 1 }, await estimation.init(), generator(1)), {
    code: 'UNSUPPORTED',
  });
});

it('is made by its name', async () => {
  const made = await new Catalog([plugin()]).create('estimators', 'acme/probability-flow');
  assert.equal(made.name, 'acme/probability-flow');
});
