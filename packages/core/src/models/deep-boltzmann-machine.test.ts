import { describe, expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { bernoulli } from '../layers/bernoulli.js';
import { potts } from '../layers/potts.js';
import { generator } from '../random/generator.js';
import { deepBoltzmannMachine } from './deep-boltzmann-machine.js';
import { parameter } from './model.js';
import { rbm } from './rbm.js';

const visible = bernoulli(3, { bias: [0.1, -0.2, 0.3] });
const hidden = [bernoulli(2, { bias: [0.4, 0.5] }), potts(2, { categories: 3 })];
const first = [1, -2, 3, -4, 5, -6].map((w) => w / 4);
const second = Array.from({ length: 12 }, (_, i) => Math.sin(i));

test('layers in a row, with names, weights and two blocks', () => {
  const model = deepBoltzmannMachine({ visible, hidden, weights: [first, second] });
  expect(model.names).toEqual(['visible', 'hidden1', 'hidden2']);
  expect(model.visible).toEqual([0]);
  expect(model.blocks).toEqual([[{ layer: 1 }], [{ layer: 0 }, { layer: 2 }]]);
  expect([...parameter(model, 'weights1')]).toEqual(first);
  expect([...parameter(model, 'weights2')]).toEqual(second);
});

test('with one hidden layer it is an RBM, and without weights above the second layer is free', async () => {
  const machine = rbm({ visible, hidden: hidden[0] as (typeof hidden)[0], weights: first });
  const { logPartition } = await enumerate(machine);
  const flat = deepBoltzmannMachine({ visible, hidden: hidden.slice(0, 1), weights: [first] });
  expect((await enumerate(flat)).logPartition).toBeCloseTo(logPartition, 12);
  const free = deepBoltzmannMachine({ visible, hidden, weights: [first, new Float64Array(12)] });
  // Two units with three states of equal weight.
  expect((await enumerate(free)).logPartition).toBeCloseTo(logPartition + 2 * Math.log(3), 12);
});

test('weights are drawn one array apart from another', () => {
  const layers = { visible: bernoulli(40), hidden: [bernoulli(40), bernoulli(40)] };
  const model = deepBoltzmannMachine({ ...layers, random: generator(1), scale: 0.2 });
  const [below, above] = [parameter(model, 'weights1'), parameter(model, 'weights2')];
  const product = below.reduce((sum, w, i) => sum + w * (above[i] as number), 0) / (1600 * 0.04);
  expect(Math.abs(product)).toBeLessThan(5 / Math.sqrt(1600));
  expect(parameter(deepBoltzmannMachine(layers), 'weights1').every((w) => w === 0)).toBe(true);
});

describe('what cannot be is refused', () => {
  test.each([
    ['ARGUMENT_INVALID', { hidden: [] }],
    ['SHAPE_MISMATCH', { hidden, weights: [first] }],
    ['SHAPE_MISMATCH', { hidden, weights: [first, first] }],
    ['NOT_FINITE', { hidden, weights: [first, [...second.slice(1), Number.NaN]] }],
  ])('%s', async (code, options) => {
    expect(await codeOf(() => deepBoltzmannMachine({ visible, ...options }))).toBe(code);
  });
});
