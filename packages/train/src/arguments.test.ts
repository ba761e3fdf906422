import { bernoulli, generator, rbm, reference } from '@rbm/core';
import { gibbs } from '@rbm/samplers';
import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;
const { adam, adamW, cd, pcd, rmsProp, sgd, tempered } = plain;

const model = rbm({ visible: bernoulli(2), hidden: bernoulli(2), random: generator(1) });
const data = { values: Uint8Array.of(0, 1, 1, 0), count: 2, width: 2 };
const sampler = gibbs();
const good = {
  model,
  data,
  backend: reference(),
  estimator: cd(),
  optimizer: sgd(),
  rate: 0.1,
  batch: 2,
  epochs: 1,
  random: generator(1),
};

async function train(options?: unknown): Promise<void> {
  for await (const _ of plain.train(options));
}

/** The good options without one. */
function without(name: keyof typeof good): object {
  const { [name]: _, ...rest } = good;
  return rest;
}

it('the options of this test are good', async () => {
  await train(good);
});

it.each<[string, () => unknown, string]>([
  [
    'no options',
    () => train(),
    'train: the options are missing; expected an object { model, data, backend, estimator,',
  ],
  ['options to come', () => train(Promise.resolve(good)), 'the options are a promise; expected an object'],
  ['a model for options', () => train(model), 'train: the options are a model; expected an object'],
  ['a misspelt option', () => train({ ...good, epoch: 3 }), 'train has no option "epoch". It takes model,'],
  ['no model', () => train(without('model')), 'train: model is missing; expected a model. Write rbm('],
  [
    'a model to come',
    () => train({ ...good, model: Promise.resolve(model) }),
    'train: model is a promise; expected a model. Write await before it.',
  ],
  [
    'data to come',
    () => train({ ...good, data: Promise.resolve(data) }),
    'train: data is a promise; expected samples. Write await before it.',
  ],
  [
    'a dataset',
    () => train({ ...good, data: { train: data, test: data } }),
    'train: data is an object; expected samples. Pass its .train.',
  ],
  [
    'rows',
    () =>
      train({
        ...good,
        data: [
          [0, 1],
          [1, 0],
        ],
      }),
    'train: data is an array of 2; expected samples. Write { values: Float64Array.from(rows.flat())',
  ],
  [
    'plain values',
    () => train({ ...good, data: { ...data, values: [0, 1, 1, 0] } }),
    'train: data is an object; expected samples.',
  ],
  [
    'an estimator that was not called',
    () => train({ ...good, estimator: cd }),
    'estimator is the function cd; expected an estimator. Call it: cd().',
  ],
  [
    'another estimator that was not called',
    () => train({ ...good, estimator: pcd }),
    'the function pcd; expected an estimator. Call a function that makes one, such as cd().',
  ],
  [
    'a sampler for an estimator',
    () => train({ ...good, estimator: sampler }),
    'estimator is a sampler; expected an estimator. Write pcd({ sampler }).',
  ],
  [
    'an optimizer that was not called',
    () => train({ ...good, optimizer: sgd }),
    'optimizer is the function sgd; expected an optimizer. Call it: sgd().',
  ],
  ['no optimizer', () => train(without('optimizer')), 'optimizer is missing; expected an optimizer. Write sgd().'],
  [
    'a backend to come',
    () => train({ ...good, backend: Promise.resolve(good.backend) }),
    'backend is a promise; expected a backend. Write await before it.',
  ],
  [
    'a backend that was not called',
    () => train({ ...good, backend: reference }),
    'backend is the function reference; expected a backend. Call it: reference().',
  ],
  [
    'no generator',
    () => train(without('random')),
    'random is missing; expected a generator of random numbers. Write generator(1).',
  ],
  [
    'a seed',
    () => train({ ...good, random: 3 }),
    'random is 3; expected a generator of random numbers. Write generator(3).',
  ],
  ['no rate', () => train(without('rate')), 'rate is missing; expected a number, or { from, to }. Write 0.05.'],
  [
    'a rate as text',
    () => train({ ...good, rate: '0.1' }),
    'rate is "0.1"; expected a number, or { from, to }. Write 0.1.',
  ],
  [
    'half a schedule',
    () => train({ ...good, rate: { from: 1 } }),
    'rate is an object; expected a number, or { from, to }.',
  ],
  [
    'a controller',
    () => train({ ...good, signal: new AbortController() }),
    'signal is an AbortController; expected an abort signal. Pass its .signal.',
  ],
  [
    'one monitor',
    () => train({ ...good, monitors: plain.freeEnergies() }),
    'monitors is a monitor; expected an array of monitors. Put it into [ ].',
  ],
  [
    'a monitor that was not called',
    () => train({ ...good, monitors: [plain.reconstructionError] }),
    'Its entry 0 is the function reconstructionError. Call it: reconstructionError().',
  ],
  [
    'a later phase with another option',
    () => train({ ...good, laterPhases: [{ epochs: 1, epsilon: 1 }] }),
    'train, laterPhases[0] has no option "epsilon".',
  ],
  [
    'a later phase without epochs',
    () => train({ ...good, laterPhases: [{ rate: 1 }] }),
    'train, laterPhases[0]: epochs is missing; expected a number.',
  ],
  [
    'a record to resume',
    () => train({ ...good, resume: { step: 1, snapshot: () => {} } }),
    'resume is an object; expected a snapshot of a training. Write await record.snapshot().',
  ],
  [
    'nothing to compare',
    () => plain.resumeChanges(good),
    'resumeChanges: resume is missing; expected a snapshot of a training.',
  ],
  ['sweeps alone', () => cd(3), 'cd: the options are 3; expected an object { k }. Write cd({ k }).'],
  ['steps', () => cd({ steps: 3 }), 'cd has no option "steps". It takes k.'],
  ['no sampler', () => pcd(), 'pcd: the options are missing; expected an object { sampler }.'],
  ['an empty object', () => pcd({}), 'pcd: sampler is missing; expected a sampler. Write gibbs().'],
  [
    'a chain',
    () => pcd({ sampler, chain: 3 }),
    'pcd has no option "chain". It takes sampler, k, chains, start. Did you mean "chains"?',
  ],
  [
    'a sampler that was not called',
    () => pcd({ sampler: gibbs }),
    'sampler is the function gibbs; expected a sampler. Call it: gibbs().',
  ],
  ['another start', () => pcd({ sampler, start: 'random' }), `start is "random"; expected 'model' or 'data'.`],
  ['no ladder', () => tempered(), 'tempered: the options are missing'],
  ['an exact k', () => plain.exact({ k: 1 }), 'exact has no option "k". It takes limit.'],
  [
    'options of one who takes none',
    () => plain.maximumPseudoLikelihood({ k: 1 }),
    'maximumPseudoLikelihood has no option "k". It takes none.',
  ],
  [
    'a rate for an optimizer',
    () => sgd(0.1),
    'sgd: the options are 0.1; expected an object { momentum, nesterov, penalties, clip, centre }.',
  ],
  ['an option of another optimizer', () => adam({ beta: 0.9 }), 'adam has no option "beta". It takes beta1, beta2,'],
  ['a rate option', () => rmsProp({ rate: 0.1 }), 'rmsProp has no option "rate".'],
  ['decay as text', () => adamW({ weightDecay: '0.1' }), 'adamW: weightDecay is "0.1"; expected a number. Write 0.1.'],
  [
    'another penalty',
    () => sgd({ penalties: { l3: 1 } }),
    'sgd, penalties has no option "l3". It takes l1, l2, group.',
  ],
  ['a bound alone', () => sgd({ clip: 5 }), 'sgd: clip is 5; expected an object. Write { norm: 1 }.'],
  [
    'true for centring',
    () => sgd({ centre: true }),
    'centre is true; expected what centring returns. Write centring(model, data).',
  ],
  ['nothing to centre', () => plain.centring(), 'centring: model is missing'],
  [
    'no samples to classify',
    () => plain.trainClassifier({ random: generator(1) }),
    'trainClassifier: samples is missing',
  ],
  [
    'no classifier',
    () => plain.classShares(data, data.values, 2),
    'classShares: classifier is samples; expected a classifier.',
  ],
  ['no shares', () => plain.classBalance(data, data), 'classBalance: samples is samples; expected shares of classes.'],
  [
    'samples for a source',
    () => plain.streamSamples(data, { model }),
    'streamSamples: source is samples; expected a source.',
  ],
  [
    'a count alone',
    () => plain.freeEnergies(100),
    'freeEnergies: the options are 100; expected an object { samples }.',
  ],
  [
    'no whole count',
    () => plain.pseudoLikelihood({ samples: 0.5 }),
    'samples is 0.5; expected a positive whole number.',
  ],
  [
    'a misspelt limit',
    () => plain.exactLikelihood({ limits: 3 }),
    'exactLikelihood has no option "limits". It takes limit. Did you mean "limit"?',
  ],
  ['no classes', () => plain.chainClasses(), 'chainClasses: the options are missing'],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
