import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bernoulli, gaussian, generator, rbm, reference, spin } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { backendSuite } from '@rbm/testkit';
import plugin, { javascript } from 'rbm-backend-javascript';

backendSuite({ it, backend: javascript });

/** The same statistics by two backends, of a batch whose hidden layer is summed out. */
async function statistics(make, model) {
  const backend = await make();
  const program = await backend.prepare(model);
  const rows = 70;
  const [values, out] = [
    program.allocate({ holds: 'states', layer: 0, rows }),
    program.allocate({ holds: 'parameters' }),
  ];
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows });
  const random = generator(2);
  const { kind } = model.layers[0];
  const down = kind === 'spin' ? -1 : 0;
  backend.write(
    values,
    Float64Array.from({ length: values.length }, (_, n) => (random.uniform(n, 0, 0, 0) < 0.3 ? 1 : down)),
  );
  program.affine(1, [values, inputs], inputs);
  program.statistics(out, [{ assignment: [{ values }, { inputs }], scale: 1 / rows }]);
  const found = await backend.read(out);
  await backend.close();
  return found;
}

describe('larger models than those of the suite', () => {
  for (const [name, visible, hidden] of [
    ['bits', bernoulli(90), bernoulli(70)],
    ['spins', spin(40), spin(66)],
    ['numbers that run on the host', bernoulli(20), gaussian(30)],
  ]) {
    it(`has statistics like the reference: ${name}`, async () => {
      const model = rbm({ visible, hidden, random: generator(1), scale: 0.3 });
      const [found, wanted] = [await statistics(javascript, model), await statistics(async () => reference(), model)];
      for (const [i, x] of found.entries()) {
        assert.ok(Math.abs(x - wanted[i]) < 1e-12 * (1 + Math.abs(wanted[i])), `${i}: ${x}, ${wanted[i]}`);
      }
    });
  }
});

it('is made by its name', async () => {
  const made = await new Catalog([plugin()]).create('backends', 'acme/javascript');
  assert.equal(made.name, 'acme/javascript');
});
