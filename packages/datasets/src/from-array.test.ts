import { RbmError, type Samples } from '@rbm/core';
import { describe, expect, test } from 'vitest';
import { type FromArrayOptions, fromArray } from './from-array.js';

/** Sample n is [n, n + ½]. */
function numbered(count: number): FromArrayOptions {
  const values = Float64Array.from({ length: 2 * count }, (_, at) => Math.floor(at / 2) + (at % 2) / 2);
  return { name: 'numbered', values, count, width: 2 };
}

function code(options: FromArrayOptions): string {
  try {
    fromArray(options);
  } catch (error) {
    if (RbmError.isInstance(error)) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const firsts = ({ values, count }: Samples) => Array.from({ length: count }, (_, n) => values[2 * n] as number);

describe('without binarisation', () => {
  test('values stay as they are', () => {
    const { name, train, test, preparation } = fromArray(numbered(3));
    expect(name).toBe('numbered');
    expect(train).toEqual({ values: Float64Array.of(0, 0.5, 1, 1.5, 2, 2.5), count: 3, width: 2 });
    expect(test).toBeUndefined();
    expect(preparation).toEqual({ binarisation: 'none', maximum: 1 });
  });

  test('zeros and ones become bytes', () => {
    const { train } = fromArray({ name: 'spins', values: [0, 1, 1, 0], count: 2, width: 2 });
    expect(train.values).toEqual(Uint8Array.of(0, 1, 1, 0));
  });

  test('method none does not scale by what happens to be the greatest value', () => {
    const options = numbered(3);
    expect(fromArray({ ...options, binarise: { method: 'none' } })).toEqual(fromArray(options));
    expect([...fromArray({ ...options, maximum: 2 }).train.values]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
  });

  test('non-binary samples are reported', () => {
    const lines: string[] = [];
    fromArray({ ...numbered(3), log: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringContaining('numbered')]);
    fromArray({ name: 'spins', values: [0, 1], count: 1, width: 2, log: (line) => lines.push(line) });
    expect(lines).toHaveLength(1);
  });
});

describe('with binarisation', () => {
  const greys = { name: 'greys', values: [0, 50, 51, 100], count: 2, width: 2 };

  test('the greatest value is the maximum, and is recorded', () => {
    const { train, preparation } = fromArray({ ...greys, binarise: { method: 'threshold' } });
    expect(train.values).toEqual(Uint8Array.of(0, 0, 1, 1));
    expect(preparation).toEqual({ binarisation: 'threshold', threshold: 50, maximum: 100 });
  });

  test('a test part counts for the maximum', () => {
    const test = { values: [200, 0], count: 1, width: 2 };
    const { preparation } = fromArray({ ...greys, test, binarise: { method: 'stochastic', seed: 2 } });
    expect(preparation).toEqual({ binarisation: 'stochastic', seed: 2, maximum: 200 });
  });

  test('a maximum that is given is used', () => {
    const { preparation } = fromArray({ ...greys, maximum: 255, binarise: { method: 'threshold' } });
    expect(preparation).toMatchObject({ threshold: 127.5, maximum: 255 });
  });
});

describe('the split', () => {
  const options = { ...numbered(50), testFraction: 0.2, seed: 4 };

  test('holds out each sample or not, and keeps the order of both parts', () => {
    const { train, test, preparation } = fromArray(options);
    const held = firsts(test as Samples);
    expect([train.count, test?.count]).toEqual([40, 10]);
    expect([...firsts(train), ...held].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(held).toEqual([...held].sort((a, b) => a - b));
    expect(held).not.toEqual(Array.from({ length: 10 }, (_, n) => n));
    expect(preparation).toMatchObject({ testFraction: 0.2, splitSeed: 4 });
  });

  test('is decided by the seed', () => {
    expect(fromArray(options)).toEqual(fromArray(options));
    expect(fromArray({ ...options, seed: 5 }).test).not.toEqual(fromArray(options).test);
  });

  test('takes rows, labels and weights along', () => {
    const labels = Uint8Array.from({ length: 50 }, (_, n) => n);
    const { train, test } = fromArray({ ...options, labels, weights: Float64Array.from(labels, (n) => n + 1) });
    for (const part of [train, test as Samples]) {
      expect([...(part.labels as Uint8Array)]).toEqual(firsts(part));
      expect([...(part.weights as Float64Array)]).toEqual(firsts(part).map((n) => n + 1));
      expect(firsts(part).map((n) => n + 0.5)).toEqual(
        Array.from({ length: part.count }, (_, n) => part.values[2 * n + 1]),
      );
    }
  });

  test('a fraction of 0 holds nothing out', () => {
    const { test, preparation } = fromArray({ ...options, testFraction: 0 });
    expect(test).toBeUndefined();
    expect(preparation).not.toHaveProperty('testFraction');
  });
});

test('images and a given test part are kept', () => {
  const { image, test } = fromArray({ ...numbered(3), image: [1, 2], test: { values: [1, 0], count: 1, width: 2 } });
  expect(image).toEqual([1, 2]);
  expect(test).toEqual({ values: Uint8Array.of(1, 0), count: 1, width: 2 });
});

test('values that are not finite are refused with row and column', () => {
  const options = { name: 'bad', values: [0, 1, 2, Number.NaN], count: 2, width: 2 };
  const refusal = expect.objectContaining({
    code: 'DATA_INVALID',
    message: expect.stringContaining('Row 1, column 1'),
  });
  expect(() => fromArray(options)).toThrow(refusal);
  expect(() => fromArray({ ...options, binarise: { method: 'stochastic', seed: 1 } })).toThrow(refusal);
});

test.each<[string, FromArrayOptions]>([
  ['ARGUMENT_INVALID', { ...numbered(4), testFraction: 1, seed: 1 }],
  ['ARGUMENT_INVALID', { ...numbered(4), testFraction: -0.5, seed: 1 }],
  ['ARGUMENT_INVALID', { ...numbered(4), testFraction: 0.5 }],
  ['ARGUMENT_INVALID', { ...numbered(4), testFraction: 0.5, seed: 1, test: numbered(2) }],
  ['DATA_INVALID', { ...numbered(4), testFraction: 0.01, seed: 1 }],
  ['DATA_INVALID', { name: 'empty', values: [], count: 0, width: 2 }],
  ['SHAPE_MISMATCH', { ...numbered(4), count: 5 }],
  ['SHAPE_MISMATCH', { ...numbered(4), image: [2, 2] }],
  ['SHAPE_MISMATCH', { ...numbered(4), labels: Uint8Array.of(1) }],
  ['SHAPE_MISMATCH', { ...numbered(4), test: { values: [1], count: 1, width: 1 } }],
])('%s: refuses %j', (expected, options) => {
  expect(code(options)).toBe(expected);
});
