import { bernoulli, gaussian, rbm, type Samples } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { checkData } from './data.js';
import { mixed, model, samples } from './samples.testing.js';

describe('checkData', () => {
  it('tells states from means, layer by layer', () => {
    expect(checkData(model, samples([0, 1, 1, 0, 0, 0], 3), 'training')).toEqual(['states']);
    expect(checkData(model, samples([0, 1, 1, 0, 0.5, 0], 3), 'training')).toEqual(['means']);
    expect(checkData(mixed, samples([0, 0.5, 0, 1, 0, 1, 1, 1, 0, 0], 5), 'training')).toEqual(['means', 'states']);
    expect(checkData(mixed, samples([0, 1, 0, 1, 0, 1, 1, 0.5, 0.25, 0.25], 5), 'training')).toEqual([
      'states',
      'means',
    ]);
    const real = rbm({ visible: gaussian(1), hidden: bernoulli(1) });
    expect(checkData(real, samples([-7.5, 2], 1), 'training')).toEqual(['states']);
  });

  it.each<[string, Samples, string, string]>([
    ['another width', samples([0, 1, 0, 1], 2), 'DATA_INVALID', 'The training data have 2 numbers a sample'],
    ['no samples', { values: new Uint8Array(0), count: 0, width: 3 }, 'DATA_INVALID', 'hold no samples'],
    ['half a sample', { values: new Uint8Array(2), count: 0.5, width: 3 }, 'DATA_INVALID', 'hold no samples'],
    ['too few values', { values: new Uint8Array(5), count: 2, width: 3 }, 'SHAPE_MISMATCH', '2 samples of 3 numbers'],
    ['too few weights', samples([0, 0, 0, 0, 0, 0], 3, [1]), 'SHAPE_MISMATCH', '2 samples of 3 numbers'],
    [
      'a value above 1',
      samples([0, 1, 0, 0, 0, 1.5], 3),
      'DATA_INVALID',
      'Sample 1 of the training data has 1.5 at position 2',
    ],
    [
      'a value below 0',
      samples([0, -1, 0, 0, 0, 1], 3),
      'DATA_INVALID',
      'Sample 0 of the training data has -1 at position 1',
    ],
    ['a NaN', samples([0, 1, Number.NaN], 3), 'DATA_INVALID', 'Sample 0 of the training data has NaN at position 2'],
    [
      'a weight of 0',
      samples([0, 1, 0, 0, 0, 1], 3, [1, 0]),
      'DATA_INVALID',
      'Sample 1 of the training data has weight 0',
    ],
    [
      'a NaN weight',
      samples([0, 1, 0], 3, [Number.NaN]),
      'DATA_INVALID',
      'Sample 0 of the training data has weight NaN',
    ],
  ])('refuses %s', (_, data, code, message) => {
    expect(() => checkData(model, data, 'training')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('counts positions across visible layers', () => {
    const bad = samples([0, 1, 0, 1, 0, 1, 1, 0, 1, 1], 5);
    // Two categories at once in the second sample: the unit begins at position 2.
    expect(() => checkData(mixed, bad, 'held-out')).toThrow(/Sample 1 of the held-out data has 0 at position 2/);
  });
});
