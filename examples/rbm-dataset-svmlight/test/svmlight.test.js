import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { bernoulli } from '@rbm/core';
import { Catalog } from '@rbm/core/contracts';
import { datasetSuite } from '@rbm/testkit';
import plugin, { svmlight } from 'rbm-dataset-svmlight';

const folder = mkdtempSync(join(tmpdir(), 'svmlight-'));
after(() => rmSync(folder, { recursive: true }));

function write(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const file = write('train.txt', '# a comment\n+1 1:1 3:1 # the first\n-1 2:1\n\n+1 qid:4 1:1 2:1 3:0\r\n');
const held = write('test.txt', '-1 4:1\n');
const grey = write('grey.txt', '2.5 1:0.25 2:-3e1\n7\n');

datasetSuite({
  it,
  dataset: (options) => svmlight({ file, test: held }, options),
  layer: bernoulli(4),
  disjoint: true,
  refused: [
    ['a missing file', 'FILE_NOT_FOUND', join(folder, 'none.txt')],
    ['a label that is no number', 'DATA_INVALID', write('label.txt', 'yes 1:1\n')],
    ['a pair without a value', 'DATA_INVALID', write('pair.txt', '1 1:\n')],
    ['a value that is no number', 'DATA_INVALID', write('value.txt', '1 1:x\n')],
    ['indices that fall', 'DATA_INVALID', write('order.txt', '1 2:1 1:1\n')],
    ['an index of 0', 'DATA_INVALID', write('zero.txt', '1 0:1\n')],
    ['no samples', 'DATA_INVALID', write('empty.txt', '# nothing\n')],
  ].map(([name, code, path]) => ({ name, code, load: () => svmlight({ file: path }) })),
});

it('reads values, labels and widths', async () => {
  const { train, test, preparation } = await svmlight({ file, test: held });
  assert.deepEqual(train.values, Uint8Array.of(1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0));
  assert.deepEqual([train.count, train.width, [...train.labels]], [3, 4, [1, 0, 1]]);
  assert.deepEqual([test.values, [...test.labels]], [Uint8Array.of(0, 0, 0, 1), [0]]);
  assert.deepEqual(preparation, { features: 4, classes: '-1 1' });
});

it('reads numbers that are not binary, and as many features as are asked for', async () => {
  const { train, test } = await svmlight({ file: grey, features: 3 });
  assert.deepEqual(train.values, Float32Array.of(0.25, -30, 0, 0, 0, 0));
  assert.equal(test, undefined);
  await assert.rejects(svmlight({ file: grey, features: 1 }), { code: 'DATA_INVALID', message: /Feature 2/ });
});

it('names the line that it cannot read', async () => {
  const path = write('late.txt', '1 1:1\n1 1:1 1:1\n');
  await assert.rejects(svmlight({ file: path }), /late\.txt, line 2: index 1 follows 1/);
});

it('is made by its name, with options that are checked', async () => {
  const catalog = new Catalog([plugin()]);
  assert.equal((await catalog.create('datasets', 'acme/svmlight', { file })).train.count, 3);
  await assert.rejects(catalog.create('datasets', 'acme/svmlight', {}), { code: 'OPTION_INVALID' });
});
