import { bernoulli, type Dataset, RbmError, type Samples } from '@rbm/core';
import { type LoadOptions, throwIfAborted } from '@rbm/core/contracts';
import type { DatasetCheckOptions } from './dataset-suite.js';

/** Datasets to try the suite on: wrong in ways that real ones have been. */
export interface WrongDataset {
  readonly fault: string;
  readonly options: DatasetCheckOptions;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

const train = (): Samples => ({
  values: Uint8Array.of(0, 0, 1, 1, 0, 1),
  count: 3,
  width: 2,
  weights: Float64Array.of(1, 2, 1),
  labels: Uint8Array.of(0, 1, 1),
});

export const right = (): Dataset => ({
  specVersion: 1,
  name: 'pairs',
  train: train(),
  test: { values: Uint8Array.of(1, 0), count: 1, width: 2 },
  image: [1, 2],
  preparation: { threshold: 8 },
});

export const subject: DatasetCheckOptions = {
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
const sharedLabels = Uint8Array.of(0, 1, 1);

const faults: readonly [fault: string, options: DatasetCheckOptions, caughtBy: string, message: RegExp][] = [
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
  ['no name', changed({ name: '' }), 'shapes', /wanted a word/],
  ['no samples', changed({ train: { ...train(), values: new Uint8Array(0), count: 0 } }), 'shapes', /count is 0/],
  [
    'values that are a plain list',
    changed({ train: { ...train(), values: [0, 0, 1, 1, 0, 1] as never } }),
    'shapes',
    /wanted a Uint8Array/,
  ],
  [
    'an infinity in the held-out part',
    changed({ test: { values: Float32Array.of(0, Number.POSITIVE_INFINITY), count: 1, width: 2 } }),
    'finite',
    /test.values: number 1/,
  ],
  [
    'a negative weight',
    changed({ train: { ...train(), weights: Float64Array.of(1, -1, 1) } }),
    'weights',
    /number 1 is -1/,
  ],
  ['too few weights', changed({ train: { ...train(), weights: Float64Array.of(1) } }), 'weights', /holds 1 numbers/],
  [
    'labels that are texts',
    changed({ train: { ...train(), labels: ['a', 'b', 'b'] as never } }),
    'labels',
    /wanted a Uint8Array/,
  ],
  [
    'other samples each time',
    (() => {
      let loads = 0;
      return {
        ...subject,
        dataset: () => ({ ...right(), train: { ...train(), labels: Uint8Array.of(0, 1, loads++ % 2) } }),
      };
    })(),
    'same twice',
    /train.labels/,
  ],
  [
    'labels that are shared by all',
    { ...subject, dataset: () => ({ ...right(), train: { ...train(), labels: sharedLabels } }) },
    'same twice',
    /train.labels/,
  ],
  [
    'an abort with another code',
    {
      ...subject,
      dataset: async ({ signal }) => {
        if (signal?.aborted) throw new RbmError('DATA_INVALID', 'Cancelled.');
        return right();
      },
    },
    'abort',
    /code ABORTED, found code DATA_INVALID/,
  ],
  [
    'progress of two lines at once',
    {
      ...subject,
      dataset: ({ log }) => {
        log?.('read\nall');
        return right();
      },
    },
    'progress',
    /one line of text/,
  ],
  ['a layer of another size', { ...subject, layer: bernoulli(3) }, 'values', /wanted 3 for 3 bernoulli units/],
  [
    'an error that is not thrown',
    { ...subject, refused: [{ name: 'x', code: 'DATA_INVALID', load: () => 1 }] },
    'errors',
    /nothing was thrown/,
  ],
  [
    'disjoint parts without a second',
    {
      ...subject,
      dataset: () => {
        const { test: _, ...rest } = right();
        return rest;
      },
    },
    'disjoint parts',
    /no part `test`/,
  ],
];

export const wrongDatasets: readonly WrongDataset[] = faults.map(([fault, options, caughtBy, message]) => ({
  fault,
  options,
  caughtBy,
  message,
}));
