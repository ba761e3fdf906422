import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bernoulli, gaussian, generator, parameter, spin } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { decodeModel, encodeModel } from '@rbm/formats';
import { modelSuite } from '@rbm/testkit';
import plugin, { convolution, convolutionalRbm } from 'rbm-plugin-convolutional';
import { rbm } from './cli.js';

const catalog = new Catalog([plugin()]);
const interactions = {
  'acme/convolution': (place, settings) => catalog.createInteraction('acme/convolution', place, settings),
};
const saving = { save: encodeModel, load: (bytes) => decodeModel(bytes, 'model', { interactions }).model };

/** The energy as the equation has it: filter pixel by filter pixel, in two dimensions. */
function energy(model, { visible: v, hidden: h }, [height, width], filters, size) {
  const [w, b] = [parameter(model, 'convolution.filters'), parameter(model, 'convolution.bias')];
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  let sum = -dot(v, parameter(model, 'visible.bias')) - dot(h, parameter(model, 'hidden.bias'));
  const [rows, columns] = [height - size + 1, width - size + 1];
  for (let k = 0; k < filters; k++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let received = b[k];
        for (let dy = 0; dy < size; dy++) {
          for (let dx = 0; dx < size; dx++) {
            received += w[(k * size + dy) * size + dx] * v[(y + dy) * width + x + dx];
          }
        }
        sum -= h[(k * rows + y) * columns + x] * received;
      }
    }
  }
  return sum;
}

for (const [what, layer, image, filters, size] of [
  ['two filters on an image of 2 × 3 pixels', bernoulli, [2, 3], 2, 2],
  ['one filter on an image of 3 × 2 spins', spin, [3, 2], 1, 2],
  ['filters of one pixel', bernoulli, [1, 3], 1, 1],
]) {
  describe(what, () => {
    modelSuite({
      it,
      model: () => convolutionalRbm({ visible: layer(image[0] * image[1]), image, filters, size }),
      energy: (model, values) => energy(model, values, image, filters, size),
      saving,
    });
  });
}

it('starts from filters of the given size, and fields that do not decay', () => {
  const model = convolutionalRbm({ visible: gaussian(36), image: [6, 6], filters: 3, size: 4, random: generator(1) });
  assert.deepEqual(model.layers[1].units, 27);
  const filters = parameter(model, 'convolution.filters');
  const deviation = Math.sqrt(filters.reduce((sum, w) => sum + w * w, 0) / filters.length);
  assert.ok(deviation > 0.07 && deviation < 0.13, `standard deviation ${deviation}, wanted 0.1`);
  assert.deepEqual(
    model.layout.arrays.slice(-2).map(({ name, interaction }) => [name, interaction]),
    [
      ['convolution.filters', true],
      ['convolution.bias', false],
    ],
  );
});

it('refuses what does not fit', () => {
  const code = (work, wanted) => assert.throws(work, { code: wanted });
  code(() => convolution({ height: 3, width: 9, filters: 1, size: 4 }), 'OPTION_INVALID');
  code(() => convolutionalRbm({ visible: bernoulli(5), image: [2, 2] }), 'UNSUPPORTED');
  code(() => convolutionalRbm({ visible: bernoulli(4) }), 'UNSUPPORTED');
});

it('is trained, resumed, judged, annealed, sampled and loaded by the unchanged program', {
  timeout: 300_000,
}, async () => {
  // Where the plugin can be imported from.
  const folder = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), 'run-'));
  const elsewhere = await mkdtemp(join(tmpdir(), 'rbm-'));
  try {
    await writeFile(
      join(folder, 'rbm.config.json'),
      JSON.stringify({ options: { 'acme/convolutional': { filters: 2, size: 3 } } }),
    );
    const loaded = ['--plugin', 'rbm-plugin-convolutional'];
    const data = ['--data', 'bars-and-stripes:4'];
    const training = ['--epochs', '200', '--batch', '15', '--lr', '0.2', '--sample-sweeps', '20'];
    await rbm(folder, 'train', ...data, '--model', 'acme/convolutional', ...loaded, ...training, '--out', 'run');
    const model = 'run/model.safetensors';
    const info = JSON.parse((await rbm(folder, 'info', model, '--json', ...loaded)).stdout);
    assert.equal(info.model, 'acme/convolutional');
    assert.deepEqual(info.interactions, [
      {
        name: 'convolution',
        kind: 'acme/convolution',
        between: ['visible', 'hidden'],
        settings: { height: 4, width: 4, filters: 2, size: 3 },
      },
    ]);
    assert.match(info.plugins['acme/convolution'], /^rbm-plugin-convolutional@\d/);

    const judge = async (...args) =>
      JSON.parse((await rbm(folder, 'eval', model, ...data, '--split', 'train', ...loaded, '--json', ...args)).stdout);
    const exact = await judge();
    assert.equal(exact.logPartition.method, 'exact');
    assert.ok(exact.logLikelihood.mean > exact.baseline.mean + 1, `${exact.logLikelihood.mean} nats a sample`);
    // Of its own interactions a plugin computes each chain on the host: few are enough.
    const few = ['--ladder', '6', '--chains', '12', '--burn-in', '50', '--sweeps', '200'];
    for (const [method, ...settings] of [['ais'], ['bennett', ...few]]) {
      const estimated = (await judge('--method', method, ...settings, '--seed', '3')).logPartition;
      const error = Math.abs(estimated.value - exact.logPartition.value);
      assert.ok(error < 5 * estimated.standardError, `${method}: off by ${error}, ± ${estimated.standardError}`);
    }

    await rbm(folder, 'resume', 'run', '--epochs', '210');
    await rbm(folder, 'sample', model, '--count', '4', '--burn-in', '20', '--out', 'x.csv', ...loaded);
    const rows = (await readFile(join(folder, 'x.csv'), 'utf8')).trim().split('\n');
    assert.equal(rows.length, 4);
    for (const row of rows) assert.match(row, /^[01](,[01]){15}$/);

    await assert.rejects(rbm(elsewhere, 'info', join(folder, model)), {
      code: 1,
      stderr: /interactions of kind "acme\/convolution".*package "rbm-plugin-convolutional@[^"]+".*--plugin PACKAGE/s,
    });
  } finally {
    for (const each of [folder, elsewhere]) await rm(each, { recursive: true });
  }
});
