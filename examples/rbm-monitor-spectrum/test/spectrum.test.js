import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bernoulli, generator, hopfield, rbm, reference } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { monitorSuite } from '@rbm/testkit';
import { cd, sgd, train } from '@rbm/train';
import plugin, { spectrum } from 'rbm-monitor-spectrum';

monitorSuite({ it, monitor: () => spectrum() });

const train0 = { values: Uint8Array.of(0, 1), count: 1, width: 2 };

async function measure(model, options) {
  const backend = reference();
  const program = await backend.prepare(model);
  const before = backend.memory();
  const found = await spectrum(options).measure({ program, train: train0, random: generator(1), step: 0 });
  assert.deepEqual(backend.memory(), before);
  await backend.close();
  return found;
}

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) < 1e-5 * (1 + wanted), `${found}, wanted ${wanted}`);

/** Weights `Σ_k s_k u_k v_kᵀ` with orthonormal vectors, cosines on a grid. */
function weightsOf(rows, columns, singular) {
  const cosine = (k, i, n) => Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (i + 0.5)) / n);
  return Float64Array.from({ length: rows * columns }, (_, n) => {
    const [i, j] = [Math.floor(n / columns), n % columns];
    return singular.reduce((sum, s, k) => sum + s * cosine(k, i, rows) * cosine(k, j, columns), 0);
  });
}

for (const [rows, columns] of [
  [5, 4],
  [4, 7],
]) {
  it(`finds the singular values that weights of ${rows} × ${columns} were made of`, async () => {
    const singular = [0.5, 3, 1, 2];
    const weights = weightsOf(rows, columns, singular);
    const model = rbm({ visible: bernoulli(rows), hidden: bernoulli(columns), weights });
    const { largestSingularValue, weightRank } = await measure(model);
    near(largestSingularValue, 3);
    const [squares, fourths] = [2, 4].map((power) => singular.reduce((sum, s) => sum + s ** power, 0));
    near(weightRank, squares ** 2 / fourths);
  });
}

it('knows one direction from none', async () => {
  const model = (weights) => rbm({ visible: bernoulli(3), hidden: bernoulli(2), weights });
  const one = await measure(model([0, 0, 0, 0, 0, 2]));
  near(one.largestSingularValue, 2);
  near(one.weightRank, 1);
  assert.deepEqual(await measure(model(new Float64Array(6))), { largestSingularValue: 0, weightRank: 0 });
});

it('is measured while a machine learns', async () => {
  const random = generator(1);
  const model = rbm({ visible: bernoulli(2), hidden: bernoulli(2), random });
  const data = { values: Uint8Array.of(0, 0, 1, 1), count: 2, width: 2 };
  const settings = { estimator: cd(), optimizer: sgd(), rate: 0.5, batch: 2, epochs: 40, monitors: [spectrum()] };
  let last;
  for await (const record of train({ model, data, backend: reference(), random, every: 20, ...settings }))
    last = record;
  assert.ok(JSON.stringify(last).includes('largestSingularValue'), JSON.stringify(last));
});

it('refuses models without a matrix of weights', async () => {
  const model = hopfield({ visible: bernoulli(2), couplings: [0, 1, 1, 0] });
  await assert.rejects(measure(model), { code: 'UNSUPPORTED' });
});

it('is made by its name, with options that are checked', async () => {
  const catalog = new Catalog([plugin()]);
  assert.equal((await catalog.create('monitors', 'acme/spectrum', { tolerance: 0.01 })).name, 'acme/spectrum');
  await assert.rejects(catalog.create('monitors', 'acme/spectrum', { tolerance: 1 }), { code: 'OPTION_INVALID' });
});
