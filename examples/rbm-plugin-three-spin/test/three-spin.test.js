import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bernoulli, condition, parameter, potts, spin } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { decodeModel, encodeModel } from '@rbm/formats';
import { modelSuite } from '@rbm/testkit';
import plugin, { listTriples, threeSpin } from 'rbm-plugin-three-spin';
import { rbm } from './cli.js';

const catalog = new Catalog([plugin()]);
const interactions = {
  'acme/triples': (place, settings) => catalog.createInteraction('acme/triples', place, settings),
};
const saving = { save: encodeModel, load: (bytes) => decodeModel(bytes, 'model', { interactions }).model };

for (const [what, layer, units, among] of [
  ['spins, all triples', spin, 5, 'all'],
  ['units of 0 and 1, all triples', bernoulli, 4, 'all'],
  ['spins, neighbours', spin, 6, 'neighbours'],
]) {
  const list = listTriples(units, among);
  const energy = (model, { visible: x }) => {
    const [fields, strengths] = [parameter(model, 'visible.bias'), parameter(model, 'couplings.strength')];
    const products = strengths.map((w, t) => w * x[list[3 * t]] * x[list[3 * t + 1]] * x[list[3 * t + 2]]);
    return -x.reduce((sum, value, i) => sum + value * fields[i], 0) - products.reduce((sum, p) => sum + p, 0);
  };
  describe(what, () => modelSuite({ it, model: () => threeSpin({ visible: layer(units), among }), energy, saving }));
}

it('draws neighbours in three colours', () => {
  assert.equal(threeSpin({ visible: spin(9) }).blocks.length, 3);
  assert.equal(threeSpin({ visible: spin(5), among: 'all' }).blocks.length, 5);
});

it('leaves triples, pairs, fields and a constant where units are clamped, and can be saved', () => {
  const model = threeSpin({ visible: spin(5), among: 'all' });
  parameter(model, 'couplings.strength').forEach((_, t, all) => {
    all[t] = t + 1;
  });
  const given = condition(model, [1, 0, 0, 0, 0], Float64Array.of(-1, 0, 0, 0, 0));
  assert.deepEqual(
    given.interactions.map(({ kind, name }) => [kind, name]),
    [
      ['acme/triples', 'couplings'],
      ['sparse', 'couplings of pairs'],
    ],
  );
  // Of triples (0, j, k), the first six in order, with x_0 = −1.
  assert.deepEqual([...parameter(given, 'couplings of pairs')], [-1, -2, -3, -4, -5, -6]);
  assert.deepEqual(saving.load(saving.save(given)).parameters, given.parameters);
});

it('refuses what has no triples', () => {
  assert.throws(() => threeSpin({ visible: spin(2) }), { code: 'UNSUPPORTED' });
  assert.throws(() => threeSpin({ visible: potts(3, { categories: 3 }) }), { code: 'UNSUPPORTED' });
});

/** Six spins, of which the product of the first three and that of the last three are 1: no pair of them is correlated. */
function parities() {
  const rows = [];
  for (let state = 0; state < 64; state++) {
    const x = Array.from({ length: 6 }, (_, i) => ((state >> i) & 1 ? 1 : -1));
    if (x[0] * x[1] * x[2] === 1 && x[3] * x[4] * x[5] === 1) rows.push(x.join());
  }
  return `${rows.join('\n')}\n`;
}

it('learns what pairs cannot, by the unchanged program', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), 'run-'));
  try {
    await writeFile(join(folder, 'parities.csv'), parities());
    const loaded = ['--plugin', 'rbm-plugin-three-spin'];
    const data = ['--data', 'parities.csv'];
    const training = ['--visible', 'spin', '--batch', '16', '--lr', '0.2', '--sample-sweeps', '20'];
    const train = (out, ...args) => rbm(folder, 'train', ...data, ...training, '--out', out, ...args);
    const judge = async (out, ...args) =>
      JSON.parse((await rbm(folder, 'eval', `${out}/model.safetensors`, ...data, '--json', ...args)).stdout);

    await train('pairs', '--model', 'hopfield', '--estimator', 'exact', '--epochs', '60');
    const pairs = await judge('pairs');
    assert.ok(pairs.logLikelihood.mean < pairs.baseline.mean + 0.05, `pairs: ${pairs.logLikelihood.mean}`);

    await train('run', '--model', 'acme/three-spin', '--estimator', 'exact', ...loaded, '--epochs', '200');
    const exact = await judge('run', ...loaded);
    // At most −log 16 = −2.77 nats a sample; independent units have −6 log 2 = −4.16.
    assert.ok(exact.logLikelihood.mean > -3.1, `triples: ${exact.logLikelihood.mean} nats a sample`);
    // Of its own interactions a plugin computes each chain on the host: few are enough.
    const few = ['--ladder', '6', '--chains', '12', '--burn-in', '50', '--sweeps', '200'];
    for (const [method, ...settings] of [['ais'], ['bennett', ...few]]) {
      const estimated = (await judge('run', '--method', method, ...settings, '--seed', '3', ...loaded)).logPartition;
      const error = Math.abs(estimated.value - exact.logPartition.value);
      assert.ok(error < 5 * estimated.standardError, `${method}: off by ${error}, ± ${estimated.standardError}`);
    }

    await rbm(folder, 'resume', 'run', '--epochs', '210');
    const model = 'run/model.safetensors';
    await rbm(folder, 'sample', model, '--count', '200', '--burn-in', '200', '--out', 'x.csv', ...loaded);
    const rows = (await readFile(join(folder, 'x.csv'), 'utf8')).trim().split('\n');
    const right = rows.filter((row) => {
      const x = row.split(',').map(Number);
      return x[0] * x[1] * x[2] === 1 && x[3] * x[4] * x[5] === 1;
    });
    // Independent spins would be right in a quarter of 200 rows.
    assert.ok(right.length > 120, `${right.length} of 200 samples have both parities`);
    const info = JSON.parse((await rbm(folder, 'info', model, '--json', ...loaded)).stdout);
    assert.match(info.plugins['acme/triples'], /^rbm-plugin-three-spin@\d/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
