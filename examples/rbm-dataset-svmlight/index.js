import { readFile } from 'node:fs/promises';
import { RbmError } from '@rbm/core';
import { definePlugin, throwIfAborted } from '@rbm/core/contracts';

/**
 * Reads data in the format of SVMlight and LIBSVM: a line a sample, its label and then `index:value` pairs with increasing indices from 1;
 * what is left out is 0, and `#` begins a comment.
 *
 * @throws RbmError `FILE_NOT_FOUND`; `DATA_INVALID` for a line of another form; `ABORTED`.
 */
export async function svmlight({ file, test = '', features = 0 }, { signal, log } = {}) {
  throwIfAborted(signal);
  const parts = [];
  for (const path of test === '' ? [file] : [file, test]) {
    log?.(`Reading ${path}`);
    const text = await readFile(path, 'utf8').catch((cause) => {
      throw new RbmError('FILE_NOT_FOUND', `${path} cannot be read: ${cause.message}`, { cause });
    });
    throwIfAborted(signal);
    parts.push(parse(text, path));
  }
  const found = Math.max(...parts.map(({ largest }) => largest));
  if (features !== 0 && found > features) {
    throw new RbmError(
      'DATA_INVALID',
      `Feature ${found} is in the data, but features is ${features}. Leave it out, or set it to ${found}.`,
    );
  }
  const width = features === 0 ? found : features;
  const classes = [...new Set(parts.flatMap(({ rows }) => rows.map(({ label }) => label)))].sort((a, b) => a - b);
  if (classes.length > 256) {
    throw new RbmError('DATA_INVALID', `${file} has ${classes.length} different labels; expected at most 256 classes.`);
  }
  const [train, heldOut] = parts.map(({ rows }) => samplesOf(rows, width, classes));
  const preparation = { features: width, classes: classes.join(' ') };
  return { specVersion: 1, name: 'acme/svmlight', train, ...(heldOut && { test: heldOut }), preparation };
}

/** @returns The label and the pairs of each sample, and the largest index. */
function parse(text, path) {
  const rows = [];
  let largest = 0;
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    const [labelled, ...pairs] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (labelled === '') continue;
    const wrong = (what) => new RbmError('DATA_INVALID', `${path}, line ${n + 1}: ${what}`);
    const label = Number(labelled);
    if (!Number.isFinite(label)) throw wrong(`the label is "${labelled}"; expected a number.`);
    let before = 0;
    const entries = pairs
      .filter((pair) => !pair.startsWith('qid:'))
      .map((pair) => {
        const [, index, value] = /^(\d+):(\S+)$/.exec(pair) ?? [];
        if (!Number.isFinite(Number(value ?? Number.NaN))) throw wrong(`"${pair}" is not index:value.`);
        if (!(Number(index) > before))
          throw wrong(`index ${index} follows ${before}; expected increasing indices from 1.`);
        before = Number(index);
        return [before - 1, Number(value)];
      });
    largest = Math.max(largest, before);
    rows.push({ label, entries });
  }
  if (rows.length === 0 || largest === 0) throw new RbmError('DATA_INVALID', `${path} has no samples with features.`);
  return { rows, largest };
}

/** Bytes where all values are 0 or 1, which takes an eighth of the memory. */
function samplesOf(rows, width, classes) {
  const isBinary = rows.every(({ entries }) => entries.every(([, value]) => value === 0 || value === 1));
  const values = isBinary ? new Uint8Array(rows.length * width) : new Float32Array(rows.length * width);
  const labels = new Uint8Array(rows.length);
  for (const [row, { label, entries }] of rows.entries()) {
    labels[row] = classes.indexOf(label);
    for (const [i, value] of entries) values[row * width + i] = value;
  }
  return { values, count: rows.length, width, labels };
}

export default () =>
  definePlugin({
    name: 'rbm-dataset-svmlight',
    specVersion: { datasets: 1 },
    provides: {
      datasets: {
        'acme/svmlight': {
          options: {
            file: { type: 'string', describe: 'Training samples' },
            test: { type: 'string', default: '', describe: 'Held-out samples' },
            features: { type: 'integer', minimum: 0, default: 0, describe: 'How many; 0 for those that occur' },
          },
          create: svmlight,
        },
      },
    },
  });
