import { bernoulli, createModel, type EnergyModel, gaussian, potts, RbmError, rbm } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel, type ModelDetails } from './model.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';

const model = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
const training = {
  name: 'plain.csv',
  sha256: '0123456789abcdef'.repeat(4),
  rows: 60,
  heldOut: 12,
  distinctRows: 3,
  rowHashes: Uint32Array.of(1, 5, 1, 4294967295, 2, 0),
};
const baseline = Float64Array.of(0.1, -2, 1e-9);
const details: ModelDetails = {
  training,
  baseline,
  preparation: { testFraction: 0.2, splitSeed: 1 },
};

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'done';
  } catch (error) {
    if (!RbmError.isInstance(error)) throw error;
    return error.code;
  }
}

describe('what a model was trained on', () => {
  it('is read back, for layers of every shape', () => {
    expect(decodeModel(encodeModel(model, details), 'file').details).toEqual(details);
    const wide = rbm({ visible: potts(2, { categories: 3 }), hidden: bernoulli(2) });
    const rates = Float64Array.from({ length: 6 }, (_, i) => i / 7);
    expect(decodeModel(encodeModel(wide, { baseline: rates }), 'file').details).toEqual({
      baseline: rates,
    });
    const real = rbm({ visible: gaussian(2), hidden: bernoulli(1) });
    const parameters = Float64Array.of(0.5, -0.5, 1, 2);
    const { tensors } = decodeSafetensors(encodeModel(real, { baseline: parameters }), 'file');
    expect(Object.keys(tensors).filter((name) => name.startsWith('baseline'))).toEqual([
      'baseline.visible.field',
      'baseline.visible.precision',
    ]);
    expect(decodeModel(encodeModel(real, { baseline: parameters }), 'file').details.baseline).toEqual(parameters);
  });

  it('of several visible layers is in the order of the layout', () => {
    const both = createModel({
      kind: 'independent',
      layers: [
        { name: 'hidden', layer: bernoulli(2), visible: false },
        { name: 'bits', layer: bernoulli(2), visible: true },
        { name: 'reals', layer: gaussian(1), visible: true },
      ],
      interactions: [],
      blocks: [[0, 1, 2]],
    });
    const rates = Float64Array.of(1, 2, 3, 4);
    const bytes = encodeModel(both, { baseline: rates });
    expect(decodeSafetensors(bytes, 'file').tensors['baseline.bits.bias']?.data).toEqual(Float64Array.of(1, 2));
    expect(decodeModel(bytes, 'file').details.baseline).toEqual(rates);
  });

  it('may be absent, or have no hashes', () => {
    expect(decodeModel(encodeModel(model), 'file').details).toEqual({});
    const { rowHashes: _, ...few } = training;
    expect(decodeModel(encodeModel(model, { training: few }), 'file').details).toEqual({ training: few });
  });

  it('is not written in another shape', () => {
    const write = (wrong: ModelDetails, of: EnergyModel = model) => codeOf(() => encodeModel(of, wrong));
    expect(write({ training: { ...training, sha256: 'abc' } })).toBe('ARGUMENT_INVALID');
    expect(write({ training: { ...training, rowHashes: Uint32Array.of(2, 0, 1, 0) } })).toBe('ARGUMENT_INVALID');
    expect(write({ baseline: Float64Array.of(1, 2) })).toBe('ARGUMENT_INVALID');
    expect(write({ baseline: Float64Array.of(1, 2, Number.NaN) })).toBe('ARGUMENT_INVALID');
  });
});

describe('a file that contradicts itself is invalid:', () => {
  const { tensors, metadata } = decodeSafetensors(encodeModel(model, details), 'good');
  const { rowHashes: _, ...record } = training;
  const read = (changed: Record<string, Tensor | undefined>, said: Record<string, string | undefined> = {}) => {
    const without = <T>(entries: Record<string, T | undefined>) =>
      Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Record<string, T>;
    const bytes = encodeSafetensors(without({ ...tensors, ...changed }) as never, without({ ...metadata, ...said }));
    return codeOf(() => decodeModel(bytes, 'file'));
  };

  it('the file that they are made from is read', () => expect(read({})).toBe('done'));

  it.each<[string, unknown]>([
    ['a list', []],
    ['a text', 'x'],
    ['null', null],
    ['a digest that is too short', { ...record, sha256: 'ab' }],
    ['a digest in capitals', { ...record, sha256: record.sha256.toUpperCase() }],
    ['a name that is no text', { ...record, name: { toString: 1 } }],
    ['no rows', { ...record, rows: 0 }],
    ['rows that are no number', { ...record, rows: '60' }],
    ['rows beyond exact numbers', { ...record, rows: 1e300 }],
    ['more rows held out than there are', { ...record, heldOut: 61 }],
    ['a part of a row', { ...record, heldOut: 0.5 }],
    ['fewer different rows than hashes', { ...record, distinctRows: 2 }],
    ['more different rows than rows', { ...record, distinctRows: 61 }],
    ['something else', { ...record, extra: 1 }],
    ['__proto__', JSON.parse('{"__proto__":{"rows":1}}')],
  ])('training is %s', (_, value) => {
    expect(read({}, { training: JSON.stringify(value) })).toBe('FILE_INVALID');
  });

  it.each<[string, Tensor]>([
    ['of another type', { dtype: 'F32', shape: [3, 2], data: new Float32Array(6) }],
    ['of another shape', { dtype: 'U32', shape: [6], data: training.rowHashes }],
    ['with three columns', { dtype: 'U32', shape: [2, 3], data: training.rowHashes }],
    ['that are none', { dtype: 'U32', shape: [0, 2], data: new Uint32Array(0) }],
    ['twice the same', { dtype: 'U32', shape: [2, 2], data: Uint32Array.of(1, 5, 1, 5) }],
    ['in another order', { dtype: 'U32', shape: [2, 2], data: Uint32Array.of(1, 5, 0, 9) }],
  ])('hashes %s', (_, tensor) => {
    expect(read({ 'training.rows': tensor })).toBe('FILE_INVALID');
  });

  it('hashes without a record', () => expect(read({}, { training: undefined })).toBe('FILE_INVALID'));

  it.each<[string, Tensor]>([
    ['of another type', { dtype: 'F32', shape: [3], data: new Float32Array(3) }],
    ['of another shape', { dtype: 'F64', shape: [4], data: new Float64Array(4) }],
    ['of two axes', { dtype: 'F64', shape: [1, 3], data: new Float64Array(3) }],
    ['with NaN', { dtype: 'F64', shape: [3], data: Float64Array.of(0, 0, Number.NaN) }],
  ])('a baseline %s', (_, tensor) => {
    expect(read({ 'baseline.visible.bias': tensor })).toBe('FILE_INVALID');
  });

  it('a baseline of a layer that is not visible', () => {
    const tensor: Tensor = { dtype: 'F64', shape: [2], data: new Float64Array(2) };
    expect(read({ 'baseline.hidden.bias': tensor })).toBe('FILE_INVALID');
  });

  it('a precision below its minimum, or missing', () => {
    const real = rbm({ visible: gaussian(2), hidden: bernoulli(1) });
    const good = decodeSafetensors(encodeModel(real, { baseline: Float64Array.of(0, 0, 1, 1) }), 'good');
    const attempt = (change: (all: Record<string, Tensor>) => void) => {
      const all = { ...good.tensors };
      change(all);
      return codeOf(() => decodeModel(encodeSafetensors(all as never, good.metadata), 'file'));
    };
    expect(attempt(() => {})).toBe('done');
    expect(
      attempt((all) => {
        all['baseline.visible.precision'] = { dtype: 'F64', shape: [2], data: Float64Array.of(1, 0) };
      }),
    ).toBe('FILE_INVALID');
    expect(
      attempt((all) => {
        delete all['baseline.visible.precision'];
      }),
    ).toBe('FILE_INVALID');
  });

  it.each([
    '{"testFraction":0.2}',
    '{"splitSeed":1}',
    '{"testFraction":2,"splitSeed":1}',
    '{"testFraction":"0.2","splitSeed":1}',
    '{"testFraction":0.2,"splitSeed":-1}',
  ])('the split is %s', (preparation) => expect(read({}, { preparation })).toBe('FILE_INVALID'));
});
