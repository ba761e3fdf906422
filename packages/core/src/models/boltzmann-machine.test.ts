import { expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { potts } from '../layers/potts.js';
import { spin } from '../layers/spin.js';
import { boltzmannMachine } from './boltzmann-machine.js';
import { energy } from './energy.js';
import { parameter } from './model.js';

test('edges are sorted by the layers they join, in their order', () => {
  const model = boltzmannMachine({
    visible: bernoulli(3),
    hidden: bernoulli(2),
    edges: [4, 3, 0, 1, 4, 0, 2, 1, 1, 3],
    couplings: [1, 2, 3, 4, 5],
  });
  expect(model.interactions.map(({ name, between }) => [name, ...between])).toEqual([
    ['couplings', 0, 0],
    ['weights', 0, 1],
    ['hidden couplings', 1, 1],
  ]);
  expect([...parameter(model, 'couplings')]).toEqual([2, 4]);
  expect([...parameter(model, 'weights')]).toEqual([3, 5]);
  expect([...parameter(model, 'hidden couplings')]).toEqual([1]);
  const all = { visible: Float64Array.of(1, 1, 1), hidden: Float64Array.of(1, 1) };
  expect(energy(model, all)[0]).toBe(-15);
  expect(energy(model, { ...all, visible: Float64Array.of(0, 1, 1) })[0]).toBe(-10);
});

test('units that no edge touches make one block', () => {
  expect(boltzmannMachine({ visible: spin(4), edges: [] }).blocks).toEqual([[{ layer: 0 }]]);
});

test('between Potts units a coupling favours equal categories', () => {
  const model = boltzmannMachine({ visible: potts(2, { categories: 3 }), edges: [0, 1], couplings: 1.5 });
  expect([...parameter(model, 'couplings')]).toEqual([1.5, 0, 0, 0, 1.5, 0, 0, 0, 1.5]);
});

test.each<[string, string, Parameters<typeof boltzmannMachine>[0]]>([
  ['ARGUMENT_INVALID', 'an edge to nowhere', { visible: spin(2), edges: [0, 2] }],
  ['ARGUMENT_INVALID', 'an edge from a unit to itself', { visible: spin(2), edges: [1, 1] }],
  ['ARGUMENT_INVALID', 'the same edge twice', { visible: spin(2), edges: [0, 1, 1, 0] }],
  ['ARGUMENT_INVALID', 'half an edge', { visible: spin(2), edges: [0] }],
  ['ARGUMENT_INVALID', 'a unit that is no number', { visible: spin(2), edges: [0, 0.5] }],
  ['SHAPE_MISMATCH', 'too few couplings', { visible: spin(3), edges: [0, 1, 1, 2], couplings: [1] }],
  ['SHAPE_MISMATCH', 'too many fields', { visible: spin(1), edges: [], fields: [1, 2] }],
  ['NOT_FINITE', 'a coupling that is no number', { visible: spin(2), edges: [0, 1], couplings: () => Number.NaN }],
])('%s for %s', async (code, _, options) => {
  expect(await codeOf(() => boltzmannMachine(options))).toBe(code);
});
