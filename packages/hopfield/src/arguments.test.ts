import { bernoulli, hopfield, spin } from '@rbm/core';
import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;

const model = hopfield({ visible: spin(2) });
const patterns = { values: Float64Array.of(1, -1), count: 1, width: 2 };

it.each<[string, () => unknown, string]>([
  ['nothing to recall', () => plain.recall(), 'recall: model is missing; expected a model.'],
  ['a pattern', () => plain.recall(model, [1, -1]), 'recall: start is an array of 2; expected a Float64Array'],
  [
    'samples',
    () => plain.recall(model, patterns),
    'recall: start is samples; expected a Float64Array, Float32Array or Uint8Array. Pass its .values.',
  ],
  [
    'steps',
    () => plain.recall(model, patterns.values, { steps: 3 }),
    'recall has no option "steps". It takes random, sweeps, signal, progress.',
  ],
  ['no options', () => plain.store(), 'store: the options are missing; expected an object { visible, patterns }.'],
  [
    'a number of units',
    () => plain.store({ visible: 2, patterns }),
    'store: visible is 2; expected a layer. Write bernoulli(2).',
  ],
  [
    'a rule by name',
    () => plain.store({ visible: bernoulli(2), patterns, rule: 'hebb' }),
    'rule is "hebb"; expected a storage rule. Write hebb.',
  ],
  ['rows', () => plain.hebb([[1, -1]]), 'hebb: patterns is an array of 1; expected samples.'],
  [
    'patterns to come',
    () => plain.storkey(Promise.resolve(patterns)),
    'storkey: patterns is a promise; expected samples. Write await before it.',
  ],
  ['no patterns', () => plain.pseudoInverse(), 'pseudoInverse: patterns is missing'],
  ['samples for states', () => plain.overlap(patterns, patterns, 2), 'overlap: states is samples'],
  [
    'a rank alone',
    () => plain.toGaussianHidden(model, 3),
    'toGaussianHidden: the options are 3; expected an object { rank }.',
  ],
  ['no network', () => plain.toHopfield(), 'toHopfield: model is missing'],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
