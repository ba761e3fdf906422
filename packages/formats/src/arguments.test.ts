import { bernoulli, rbm } from '@rbm/core';
import { expect, it } from 'vitest';
import * as package_ from './index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;

const model = rbm({ visible: bernoulli(2), hidden: bernoulli(2) });
const bytes = new Uint8Array(8);

it.each<[string, () => unknown, string]>([
  ['nothing to write', () => plain.encodeModel(), 'encodeModel: model is missing; expected a model.'],
  [
    'a model to come',
    () => plain.encodeModel(Promise.resolve(model)),
    'encodeModel: model is a promise; expected a model. Write await before it.',
  ],
  ['another detail', () => plain.encodeModel(model, { images: [1, 2] }), 'encodeModel has no option "images".'],
  [
    'a path',
    () => plain.decodeModel('abc', 'abc'),
    `decodeModel: bytes is "abc"; expected bytes, a Uint8Array. Write await readFile('a file').`,
  ],
  [
    'bytes to come',
    () => plain.decodeModel(Promise.resolve(bytes), 'abc'),
    'decodeModel: bytes is a promise; expected bytes, a Uint8Array. Write await before it.',
  ],
  [
    'an array buffer',
    () => plain.decodeModel(bytes.buffer, 'abc'),
    'bytes is an ArrayBuffer; expected bytes, a Uint8Array. Write new Uint8Array(…) around it.',
  ],
  ['no name', () => plain.decodeModel(bytes), `decodeModel: name is missing; expected a text. Write 'a file'.`],
  [
    'another limit',
    () => plain.decodeModel(bytes, 'abc', { limits: { size: 1 } }),
    'limits has no option "size". It takes bytes, ratio, entries, depth, work.',
  ],
  [
    'a record',
    () => plain.encodeSnapshot({ step: 1 }),
    'encodeSnapshot: snapshot is an object; expected a snapshot of a training. Write await record.snapshot().',
  ],
  ['no snapshot', () => plain.decodeSnapshot(), 'decodeSnapshot: bytes is missing'],
  ['no tensors', () => plain.encodeSafetensors(), 'encodeSafetensors: tensors is missing'],
  ['a bare tensor', () => plain.encodeSafetensors({ a: bytes }), 'shape of a is missing; expected an array.'],
  ['no safetensors', () => plain.decodeSafetensors(), 'decodeSafetensors: bytes is missing'],
  ['a bare array', () => plain.encodeNpy(bytes), 'encodeNpy: shape is missing; expected an array. Write [2, 3].'],
  ['no npy', () => plain.decodeNpy(), 'decodeNpy: bytes is missing'],
  ['no arrays', () => plain.encodeNpz(), 'encodeNpz: arrays is missing'],
  ['an array without data', () => plain.encodeNpz({ a: { shape: [2] } }), 'encodeNpy: data is missing'],
  ['another key', () => plain.decodeNpz(bytes, 'abc', { name: 'a' }), 'decodeNpz has no option "name".'],
  ['no archive', () => plain.npzKeys(), 'npzKeys: bytes is missing'],
  [
    'no image',
    () => plain.encodePng(),
    'encodePng: image is missing; expected an object. Write imageGrid({ images, count, height, width }).',
  ],
  [
    'plain images',
    () => plain.imageGrid({ images: [1], count: 1, height: 1, width: 1 }),
    'imageGrid: images is an array of 1; expected a Float64Array',
  ],
  [
    'colors',
    () => plain.imageGrid({ images: bytes, count: 8, height: 1, width: 1, colors: 'grey' }),
    'imageGrid has no option "colors".',
  ],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
