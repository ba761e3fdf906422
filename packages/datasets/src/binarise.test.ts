import { generator, RbmError, type Samples } from '@rbm/core';
import { describe, expect, test } from 'vitest';
import { type Binarisation, binarisationFrom, binarisationRecord, binarise } from './binarise.js';

function samples(rows: readonly (readonly number[])[], kind: 'bytes' | 'float64' = 'bytes'): Samples {
  const flat = rows.flat();
  return {
    values: kind === 'bytes' ? Uint8Array.from(flat) : Float64Array.from(flat),
    count: rows.length,
    width: rows[0]?.length ?? 1,
  };
}

function failure(work: () => unknown): RbmError {
  try {
    work();
  } catch (error) {
    if (RbmError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

describe('threshold', () => {
  test('a value equal to the threshold is off, one above is on', () => {
    const { values } = binarise(samples([[0, 7, 8, 16]]), { method: 'threshold', threshold: 7 });
    expect(values).toEqual(Uint8Array.of(0, 0, 1, 1));
  });

  test('is half of the maximum if left out', () => {
    const { values } = binarise(samples([[0, 127, 128, 255]]), { method: 'threshold' }, { maximum: 255 });
    expect(values).toEqual(Uint8Array.of(0, 0, 1, 1));
    expect(binarisationRecord({ method: 'threshold' }, 255)).toEqual({
      binarisation: 'threshold',
      threshold: 127.5,
      maximum: 255,
    });
  });
});

describe('stochastic', () => {
  const how = { method: 'stochastic', seed: 5 } as const;

  test('draws the number of address (sample, position, 0, 0)', () => {
    const raw = samples(Array.from({ length: 9 }, (_, n) => Array.from({ length: 7 }, (_, i) => (3 * n + i) % 17)));
    const { values } = binarise(raw, how, { maximum: 16, stream: 'train' });
    const random = generator(5).fork('binarise').fork('train');
    const expected = Array.from(raw.values, (value, at) =>
      random.bernoulli(value / 16, Math.floor(at / 7), at % 7, 0, 0),
    );
    expect([...values]).toEqual(expected);
  });

  test('turns a unit on with probability value / maximum', () => {
    const count = 4000;
    const raw = samples(Array.from({ length: count }, () => [0, 4, 8, 12, 16]));
    const { values } = binarise(raw, how, { maximum: 16 });
    for (let i = 0; i < 5; i++) {
      let on = 0;
      for (let n = 0; n < count; n++) on += values[5 * n + i] as number;
      const p = i / 4;
      // Five standard deviations of a binomial count; 0 and 1 are exact.
      expect(Math.abs(on - count * p)).toBeLessThanOrEqual(5 * Math.sqrt(count * p * (1 - p)));
    }
  });

  test('depends on seed and stream, not on the samples that follow', () => {
    const raw = samples(Array.from({ length: 40 }, () => [8, 8, 8, 8]));
    const { values } = binarise(raw, how, { maximum: 16 });
    const first = { ...raw, count: 3, values: raw.values.slice(0, 12) };
    expect(binarise(first, how, { maximum: 16 }).values).toEqual(values.slice(0, 12));
    expect(binarise(raw, { ...how, seed: 6 }, { maximum: 16 }).values).not.toEqual(values);
    expect(binarise(raw, how, { maximum: 16, stream: 'test' }).values).not.toEqual(values);
  });

  test('refuses values that are no probabilities, naming row and column', () => {
    const error = failure(() =>
      binarise(
        samples([
          [0, 1],
          [1, 17],
        ]),
        how,
        { maximum: 16 },
      ),
    );
    expect(error.code).toBe('DATA_INVALID');
    expect(error.message).toContain('Row 1, column 1 (from 0) is 17');
    expect(failure(() => binarise(samples([[-1]], 'float64'), how)).code).toBe('DATA_INVALID');
  });
});

describe('none', () => {
  test('divides by the maximum', () => {
    const { values } = binarise(samples([[0, 51, 255]]), { method: 'none' }, { maximum: 255 });
    expect(values).toEqual(Float32Array.of(0, 0.2, 1));
  });

  test('keeps float64, and makes bytes of values that are binary already', () => {
    expect(binarise(samples([[0.25, -3]], 'float64'), { method: 'none' }).values).toEqual(Float64Array.of(0.25, -3));
    expect(binarise(samples([[0, 1, 1]], 'float64'), { method: 'none' }).values).toEqual(Uint8Array.of(0, 1, 1));
  });
});

test('labels and weights are kept, and the samples are not changed', () => {
  const raw = { ...samples([[3], [9]]), labels: Uint8Array.of(4, 5), weights: Float64Array.of(1, 2) };
  const { labels, weights } = binarise(raw, { method: 'threshold', threshold: 8 });
  expect([labels, weights]).toEqual([raw.labels, raw.weights]);
  expect(raw.values).toEqual(Uint8Array.of(3, 9));
});

test('refuses what is not finite, with row and column', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const error = failure(() =>
      binarise(
        samples(
          [
            [0, 1, 2],
            [3, 4, bad],
          ],
          'float64',
        ),
        { method: 'threshold', threshold: 1 },
      ),
    );
    expect(error.code).toBe('DATA_INVALID');
    expect(error.message).toContain(`Row 1, column 2 (from 0) is ${bad}`);
  }
});

test.each<[string, Binarisation, number]>([
  ['an unknown method', { method: 'otsu' } as unknown as Binarisation, 1],
  ['a threshold that is no number', { method: 'threshold', threshold: Number.NaN }, 1],
  ['a negative seed', { method: 'stochastic', seed: -1 }, 1],
  ['a maximum of 0', { method: 'none' }, 0],
])('refuses %s', (_, how, maximum) => {
  expect(failure(() => binarise(samples([[0, 1]]), how, { maximum })).code).toBe('ARGUMENT_INVALID');
});

test('refuses values that contradict the shape', () => {
  expect(failure(() => binarise({ ...samples([[0, 1]]), count: 2 }, { method: 'none' })).code).toBe('SHAPE_MISMATCH');
});

describe('records', () => {
  test.each<[Binarisation]>([
    [{ method: 'none' }],
    [{ method: 'threshold', threshold: 7.5 }],
    [{ method: 'stochastic', seed: 12 }],
  ])('of %j are read back', (how) => {
    expect(binarisationFrom(binarisationRecord(how, 16))).toEqual(how);
  });

  test('may be absent', () => {
    expect(binarisationFrom({ distribution: 'distinct' })).toBeUndefined();
  });

  test.each([
    [{ binarisation: 'otsu' }],
    [{ binarisation: 'threshold' }],
    [{ binarisation: 'stochastic' }],
    [{ binarisation: 'stochastic', seed: -1 }],
    [{ binarisation: true }],
  ])('that are damaged are refused: %j', (record) => {
    expect(failure(() => binarisationFrom(record)).code).toBe('ARGUMENT_INVALID');
  });
});
