import { bernoulli, type Dataset, RbmError, type Samples } from '@rbm/core';
import { type LoadOptions, throwIfAborted } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { type DatasetCheckOptions, datasetChecks, datasetSuite } from './dataset-suite.js';
import { collectFailures } from './suite.js';

const train = (): Samples => ({
  values: Uint8Array.of(0, 0, 1, 1, 0, 1),
  count: 3,
  width: 2,
  weights: Float64Array.of(1, 2, 1),
  labels: Uint8Array.of(0, 1, 1),
});

const right = (): Dataset => ({
  specVersion: 1,
  name: 'pairs',
  train: train(),
  test: { values: Uint8Array.of(1, 0), count: 1, width: 2 },
  image: [1, 2],
  preparation: { threshold: 8 },
});

const subject: DatasetCheckOptions = {
  dataset: async ({ signal, log }: LoadOptions) => {
    throwIfAborted(signal);
    log?.('made up');
    return right();
  },
  layer: bernoulli(2),
  disjoint: true,
  refused: [
    { name: 'without samples', code: 'DATA_INVALID', load: () => Promise.reject(new RbmError('DATA_INVALID', '')) },
  ],
};

const changed = (members: Partial<Dataset>): DatasetCheckOptions => ({
  ...subject,
  dataset: () => ({ ...right(), ...members }),
});

const shared = right();

const wrong: readonly [fault: string, options: DatasetCheckOptions, caughtBy: string, message: RegExp][] = [
  ['another version', changed({ specVersion: 2 as unknown as 1 }), 'version', /specVersion is 2, wanted 1/],
  ['a count that is one too high', changed({ train: { ...train(), count: 4 } }), 'shapes', /count · width = 4 · 2 = 8/],
  [
    'parts of different widths',
    changed({ test: { ...train(), width: 3, count: 2 } }),
    'shapes',
    /wanted 2 as in train/,
  ],
  [
    'a missing value',
    changed({ train: { ...train(), values: Float64Array.of(0, 1, Number.NaN, 1, 0, 0) } }),
    'finite',
    /number 2 is NaN/,
  ],
  ['a weight of 0', changed({ train: { ...train(), weights: Float64Array.of(1, 0, 1) } }), 'weights', /number 1 is 0/],
  [
    'too few labels',
    changed({ train: { ...train(), labels: Uint8Array.of(1) } }),
    'labels',
    /holds 1 numbers, wanted 3/,
  ],
  ['an image of another size', changed({ image: [8, 8] }), 'image', /8 × 8, but a sample has 2/],
  [
    'a preparation with a list',
    changed({ preparation: { levels: [1, 2] as never } }),
    'preparation',
    /preparation.levels is object/,
  ],
  ['one copy for all', { ...subject, dataset: () => shared }, 'same twice', /number 0 is 1, wanted 0/],
  ['a signal that is not read', { ...subject, dataset: async () => right() }, 'abort', /code ABORTED, nothing/],
  [
    'progress as an object',
    {
      ...subject,
      dataset: ({ log }) => {
        log?.({ done: 0.5 } as never);
        return right();
      },
    },
    'progress',
    /one line of text/,
  ],
  [
    'values of other units',
    changed({ train: { ...train(), values: Uint8Array.of(0, 7, 0, 0, 1, 1) } }),
    'values',
    /has 7/,
  ],
  ['leaked samples', changed({ test: train() }), 'disjoint parts', /Held-out sample 0 is training sample 0/],
  [
    'errors without a code',
    { ...subject, refused: [{ name: 'none', code: 'DATA_INVALID', load: () => Promise.reject(new Error('oh')) }] },
    'errors',
    /code DATA_INVALID, found Error: oh/,
  ],
];

describe('datasetSuite', () => {
  it.each(wrong)('catches %s', async (_, options, caughtBy, message) => {
    const check = datasetChecks(options).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong dataset fails', () => {
    const names = datasetChecks(subject).map(({ name }) => name);
    expect(new Set(wrong.map(([, , caughtBy]) => caughtBy))).toEqual(new Set(names));
  });

  it('passes a right dataset, loaded at once or later', async () => {
    expect(await collectFailures((it) => datasetSuite({ it, ...subject }))).toEqual({});
    expect(await collectFailures((it) => datasetSuite({ it, dataset: right }))).toEqual({});
  });
});
