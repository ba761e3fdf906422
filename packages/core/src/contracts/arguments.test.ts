import { runInNewContext } from 'node:vm';
import { expect, it, test } from 'vitest';
import * as core from '../index.js';
import { checkArguments, argumentKinds as kinds, listOf, oneOf, optional } from './arguments.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = core as any;
const { bernoulli, generator, rbm, reference } = plain;

const layer = core.bernoulli(4);
const model = core.rbm({ visible: layer, hidden: core.bernoulli(2) });
const values = new Float64Array(8);
const samples = { values, count: 2, width: 4 };
const dataset = { specVersion: 1, name: 'spins', train: samples, preparation: {} };

it.each<[string, () => unknown, string]>([
  [
    'nothing',
    () => rbm(),
    'rbm: the options are missing; expected an object { visible, hidden }. Write rbm({ visible, hidden }).',
  ],
  [
    'a promise',
    () => rbm(Promise.resolve({})),
    'the options are a promise; expected an object { visible, hidden }. Write await before them.',
  ],
  [
    'a model for options',
    () => plain.hopfield(model),
    'hopfield: the options are a model; expected an object { visible }.',
  ],
  [
    'a number of units',
    () => rbm({ visible: 16, hidden: 4 }),
    'rbm: visible is 16; expected a layer. Write bernoulli(16).',
  ],
  ['no hidden layer', () => rbm({ visible: layer }), 'rbm: hidden is missing; expected a layer. Write bernoulli(16).'],
  [
    'a constructor',
    () => rbm({ visible: bernoulli, hidden: layer }),
    'visible is the function bernoulli; expected a layer. Call it: bernoulli(16).',
  ],
  [
    'a function like Math.random',
    () => rbm({ visible: layer, hidden: layer, random: function random() {} }),
    'random is the function random; expected a generator of random numbers. Call a function that makes one, such as generator(1).',
  ],
  [
    'a seed',
    () => rbm({ visible: layer, hidden: layer, random: 3 }),
    'random is 3; expected a generator of random numbers. Write generator(3).',
  ],
  [
    'an unknown option',
    () => rbm({ visible: layer, hidden: layer, seed: 1 }),
    'rbm has no option "seed". It takes visible, hidden, weights, random, scale. Leave it out.',
  ],
  [
    'a misspelt option',
    () => bernoulli(3, { biases: [1, 2, 3] }),
    'bernoulli has no option "biases". It takes bias. Did you mean "bias"?',
  ],
  [
    'an array for options',
    () => bernoulli(3, [1, 2, 3]),
    'bernoulli: the options are an array of 3; expected an object { bias }.',
  ],
  [
    'nested arrays',
    () => bernoulli(3, { bias: [[1, 2, 3]] }),
    'bias is an array of 1; expected an array of numbers. Write Float64Array.from(rows.flat()).',
  ],
  ['no options', () => plain.potts(3), 'potts: the options are missing; expected an object { categories }.'],
  ['no categories', () => plain.potts(3, {}), 'potts: categories is missing; expected a number. Write 4.'],
  ['a number as text', () => plain.binomial(3, { trials: '8' }), 'trials is "8"; expected a number. Write 8.'],
  ['no trials', () => plain.binomial(3), 'binomial: the options are missing'],
  ['no units', () => bernoulli(), 'positive whole number of units, not undefined'],
  [
    'options of one who takes none',
    () => reference({ threads: 2 }),
    'reference has no option "threads". It takes none. Leave it out.',
  ],
  ['no description', () => plain.createModel(), 'createModel: the options are missing'],
  [
    'no blocks',
    () => plain.createModel({ kind: 'a/b', layers: [{ name: 'v', layer }], interactions: [] }),
    'createModel: blocks is missing; expected an array of blocks. Write [[1], [0]].',
  ],
  [
    'a block that is none',
    () => plain.createModel({ kind: 'a/b', layers: [{ name: 'v', layer }], interactions: [], blocks: [0] }),
    'Its entry 0 is 0.',
  ],
  [
    'a bare layer',
    () => plain.createModel({ kind: 'a/b', layers: [layer], interactions: [], blocks: [[0]] }),
    'layers[0].layer is missing; expected a layer',
  ],
  ['no layer', () => plain.independent(3), 'independent: layer is 3; expected a layer. Write bernoulli(3).'],
  [
    'patterns',
    () => plain.hopfield({ patterns: samples }),
    'hopfield has no option "patterns". It takes visible, couplings.',
  ],
  ['no shape', () => plain.ising(), 'ising: the options are missing'],
  ['a size', () => plain.ising({ size: 3 }), 'ising has no option "size".'],
  [
    'a shape that is a number',
    () => plain.ising({ shape: 3 }),
    'ising: shape is 3; expected an array of numbers. Write [32, 32].',
  ],
  ['no lattice', () => plain.latticeEdges(), 'latticeEdges: shape is missing'],
  ['no graph', () => plain.boltzmannMachine(), 'boltzmannMachine: the options are missing'],
  [
    'no edges',
    () => plain.boltzmannMachine({ visible: layer }),
    'edges is missing; expected an array of numbers. Write latticeEdges([4, 4]).',
  ],
  [
    'one hidden layer',
    () => plain.deepBoltzmannMachine({ visible: layer, hidden: layer }),
    'hidden is a layer; expected an array of layers. Put it into [ ].',
  ],
  [
    'units of a deep machine',
    () => plain.deepBoltzmannMachine({ visible: layer, hidden: [layer, 3] }),
    'Its entry 1 is 3. Write bernoulli(3).',
  ],
  [
    'a model without values',
    () => plain.energy(model),
    'energy: values is missing; expected values of layers by name. Write { visible: data.values }.',
  ],
  [
    'no model',
    () => plain.freeEnergy(),
    'freeEnergy: model is missing; expected a model. Write rbm({ visible: bernoulli(16), hidden: bernoulli(4) }).',
  ],
  [
    'a model to come',
    () => plain.freeEnergy(Promise.resolve(model), values),
    'model is a promise; expected a model. Write await before it.',
  ],
  [
    'a model file',
    () => plain.freeEnergy({ model, details: {} }, values),
    'model is an object; expected a model. Pass its .model.',
  ],
  [
    'a plain array',
    () => plain.freeEnergy(model, [0, 1, 0, 1]),
    'visible is an array of 4; expected a Float64Array, Float32Array or Uint8Array. Write Float64Array.from(…).',
  ],
  [
    'samples',
    () => plain.freeEnergy(model, samples),
    'visible is samples; expected a Float64Array, Float32Array or Uint8Array. Pass its .values.',
  ],
  ['an array in values', () => plain.energy(model, { visible: [0, 1, 0, 1] }), 'energy: visible is an array of 4'],
  ['swapped arguments', () => plain.logLikelihood(samples, model), 'logLikelihood: model is samples; expected a model'],
  [
    'no log Z',
    () => plain.klDivergence(model, samples),
    'klDivergence: logPartition is missing; expected a number. Write (await enumerate(model)).logPartition.',
  ],
  [
    'all of an enumeration',
    () => plain.cost(model, samples, { logPartition: 1 }),
    'logPartition is an object; expected a number. Pass its .logPartition.',
  ],
  ['no units to clamp', () => plain.condition(model), 'condition: clamped is missing'],
  ['nothing to couple', () => plain.effectiveCouplings(), 'effectiveCouplings: model is missing'],
  ['nothing to enumerate', () => plain.enumerate(), 'enumerate: model is missing'],
  [
    'a controller',
    () => plain.enumerate(model, { signal: new AbortController() }),
    'signal is an AbortController; expected an abort signal. Pass its .signal.',
  ],
  [
    'a limit alone',
    () => plain.enumerate(model, 2 ** 20),
    'enumerate: the options are 1048576; expected an object { limit, signal, progress }.',
  ],
  ['nothing to prepare', () => reference().prepare(), 'backend.prepare: model is missing'],
  ['a dataset', () => plain.empirical(dataset), 'samples is an object; expected samples. Pass its .train.'],
  [
    'rows',
    () =>
      plain.entropy([
        [0, 1],
        [1, 0],
      ]),
    'samples is an array of 2; expected samples. Write { values: Float64Array.from(rows.flat()), count: rows.length, width: rows[0].length }.',
  ],
  [
    'an enumeration to come',
    () => plain.exactGradient(model, samples, plain.enumerate(model)),
    'exact is a promise; expected what enumerate returns. Write await before it.',
  ],
  [
    'a model for parameters',
    () => plain.parameter('weights', model),
    'parameter: model is "weights"; expected a model',
  ],
  ['null', () => plain.cloneModel(null), 'cloneModel: model is null; expected a model'],
  [
    'no flips',
    () => plain.smoothedEmpirical({ visible: layer, samples }),
    'flip is missing; expected a number. Write 0.1.',
  ],
  ['a layer that the model has not', () => plain.visibleValues(model, samples, 1), 'v is 1; expected 0 to 0'],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});

it('arrays of another realm are arrays', () => {
  const foreign: unknown = runInNewContext('new Float64Array(8)');
  expect(foreign instanceof Float64Array).toBe(false);
  expect(kinds.sampleArray.is(foreign)).toBe(true);
  expect(kinds.bytes.is(new Uint8Array(2))).toBe(true);
  expect(kinds.bytes.is(new ArrayBuffer(2))).toBe(false);
});

it('what may be left out can be undefined, and nothing else', () => {
  const check = (options: { a?: number | undefined; b?: string }): void =>
    checkArguments('made', options, { a: optional(kinds.number), b: optional(oneOf('x', 'y')) });
  check({});
  check({ a: undefined, b: 'x' });
  expect(() => check({ a: null as never })).toThrow('made: a is null; expected a number. Write 1.');
  expect(() => check({ b: 'z' })).toThrow(`made: b is "z"; expected 'x' or 'y'. Write 'x'.`);
  expect(() => checkArguments('made', { a: [1, 'b'] }, { a: listOf(kinds.number, 'numbers') })).toThrow(
    'made: a is an array of 2; expected an array of numbers. Its entry 1 is "b". Write 1.',
  );
});

test('kinds and options cannot drift apart', () => {
  interface Options {
    readonly a: number;
    readonly b?: string;
  }
  const options: Options = { a: 1 };
  // @ts-expect-error: b is forgotten
  checkArguments('made', options, { a: kinds.number });
  // @ts-expect-error: c is no option
  checkArguments('made', options, { a: kinds.number, b: optional(kinds.text), c: optional(kinds.text) });
  expect(generator(1).key).toHaveLength(2);
});
