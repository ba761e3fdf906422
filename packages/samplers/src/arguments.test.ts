import { bernoulli, generator, rbm, reference } from '@rbm/core';
import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;
const { annealedImportanceSampling, bennettAcceptanceRatio, gibbs, sample, temper } = plain;

const model = rbm({ visible: bernoulli(2), hidden: bernoulli(2) });
const backend = reference();
const random = generator(1);
const data = { values: Uint8Array.of(0, 1, 1, 0), count: 2, width: 2 };

it.each<[string, () => unknown, string]>([
  ['options of one who takes none', () => gibbs({ k: 3 }), 'gibbs has no option "k". It takes none. Leave it out.'],
  [
    'a sampler for options',
    () => temper(gibbs(), { rungs: 3 }),
    'temper: the options are a sampler; expected an object { sampler, base, ladder, warmUp }.',
  ],
  ['rungs', () => temper({ rungs: 3 }), 'temper has no option "rungs".'],
  [
    'a tuned ladder',
    () => temper({ ladder: Float64Array.of(0, 1) }),
    'ladder is a Float64Array; expected inverse temperatures, or how many. Write Array.from(…).',
  ],
  [
    'no options',
    () => sample(),
    'sample: the options are missing; expected an object { model, backend, sampler, random, count, burnIn }.',
  ],
  [
    'no sampler',
    () => sample({ model, backend, random, count: 1, burnIn: 1 }),
    'sample: sampler is missing; expected a sampler. Write gibbs().',
  ],
  [
    'no burn-in',
    () => sample({ model, backend, sampler: gibbs(), random, count: 1 }),
    'sample: burnIn is missing; expected a number. Write 1000.',
  ],
  [
    'a start for one layer',
    () => sample({ model, backend, sampler: gibbs(), random, count: 1, burnIn: 1, start: data.values }),
    'start is a Uint8Array; expected values of layers by name.',
  ],
  [
    'an empty object',
    () => annealedImportanceSampling({}),
    'annealedImportanceSampling: program is missing; expected a program. Write await backend.prepare(model).',
  ],
  [
    'a model for a program',
    () => annealedImportanceSampling({ program: model, random }),
    'program is a model; expected a program. Write await backend.prepare(model).',
  ],
  [
    'a program to come',
    () => bennettAcceptanceRatio({ program: backend.prepare(model), random }),
    'program is a promise; expected a program. Write await before it.',
  ],
  [
    'samples for a base',
    async () => bennettAcceptanceRatio({ program: await backend.prepare(model), random, base: [0] }),
    'base is an array of 1; expected a Float64Array',
  ],
  ['no program', () => plain.measureAutocorrelation({}), 'measureAutocorrelation: program is missing'],
  [
    'a plain series',
    () => plain.autocorrelation([1, 2, 3, 4], 1, 1),
    'autocorrelation: series is an array of 4; expected a Float64Array',
  ],
  [
    'samples for a series',
    () => plain.integratedAutocorrelationTime(data, 1),
    'series is samples; expected a Float64Array, Float32Array or Uint8Array. Pass its .values.',
  ],
  ['no series', () => plain.chainMean(), 'chainMean: series is missing'],
  ['a base of no model', () => plain.baseRates(data, model), 'baseRates: model is samples; expected a model.'],
  [
    'no training samples',
    () => plain.novelty(data.values),
    'novelty: the options are missing; expected an object { training }.',
  ],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
