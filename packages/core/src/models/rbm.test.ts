import { describe, expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { generator } from '../random/generator.js';
import { parameter } from './model.js';
import { independent, rbm } from './rbm.js';

const [visible, hidden] = [bernoulli(3, { bias: [1, 2, 3] }), bernoulli(2, { bias: [4, 5] })];

test('parameters start from the layers and the given weights, `[visible, hidden]`', () => {
  const model = rbm({ visible, hidden, weights: [10, 11, 12, 13, 14, 15] });
  expect([...model.parameters]).toEqual([1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]);
  expect(model.layout.arrays.map(({ name, shape }) => [name, ...shape])).toEqual([
    ['visible.bias', 3],
    ['hidden.bias', 2],
    ['weights', 3, 2],
  ]);
  expect(model.blocks).toEqual([[{ layer: 1 }], [{ layer: 0 }]]);
});

test('weights are 0 without a choice, and normal numbers of the given scale from a generator', () => {
  expect([...parameter(rbm({ visible, hidden }), 'weights')]).toEqual([0, 0, 0, 0, 0, 0]);
  const large = rbm({ visible: bernoulli(100), hidden: bernoulli(50), random: generator(1), scale: 0.2 });
  const weights = parameter(large, 'weights');
  const variance = weights.reduce((total, w) => total + w * w, 0) / weights.length;
  // The variance of a squared normal number is 2.
  expect(Math.abs(variance / 0.04 - 1)).toBeLessThan(5 * Math.sqrt(2 / weights.length));
  const small = parameter(rbm({ visible: bernoulli(100), hidden: bernoulli(50), random: generator(1) }), 'weights');
  expect(small[7]).toBeCloseTo((weights[7] as number) / 20, 15);
});

test('independent units have biases alone', () => {
  const model = independent(visible);
  expect([...model.parameters]).toEqual([1, 2, 3]);
  expect(model.visible).toEqual([0]);
});

describe('bad weights are refused', () => {
  test.each([
    ['SHAPE_MISMATCH', [1, 2, 3]],
    ['NOT_FINITE', [1, 2, Number.NaN, 4, 5, 6]],
    ['NOT_FINITE', [1, 2, Number.POSITIVE_INFINITY, 4, 5, 6]],
  ])('%s', async (code, weights) => {
    expect(await codeOf(() => rbm({ visible, hidden, weights }))).toBe(code);
  });
});
