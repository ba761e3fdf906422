import { describe, expect, test } from 'vitest';
import { codeOf, oneHot, randomDeep, randomLabelled } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { createModel } from './create-model.js';
import type { Interaction } from './interaction.js';
import { cloneModel, hiddenLayers, layerIndex, layerParameters, parameter, sampleWidth, unitOffsets } from './model.js';

function dense(a: number, b: number, name = 'weights'): Interaction {
  return { kind: 'dense', name, between: [a, b] };
}

describe('parameters', () => {
  const model = randomLabelled(2, 3, 4, 1);

  test('lie one after the other: layers in order, then interactions', () => {
    let next = 0;
    for (const { offset, length, shape } of model.layout.arrays) {
      expect(offset).toBe(next);
      expect(length).toBe(shape.reduce((product, extent) => product * extent, 1));
      next += length;
    }
    expect(model.layout.length).toBe(next);
    expect(model.layout.arrays.map(({ name, shape, interaction }) => [name, shape, interaction])).toEqual([
      ['pixels.bias', [2], false],
      ['hidden.bias', [4], false],
      ['label.bias', [1, 3], false],
      ['pixel weights', [2, 4], true],
      ['label weights', [4, 3], true],
    ]);
    expect(model.layout.layers).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 6 },
      { start: 6, end: 9 },
    ]);
    expect(model.layout.interactions).toEqual([
      { start: 9, end: 17 },
      { start: 17, end: 29 },
    ]);
  });

  test('start from the layers’ own, and 0 for weights', () => {
    const fresh = createModel({
      kind: 'test',
      layers: [
        { name: 'a', layer: bernoulli(2, { bias: [1, 2] }) },
        { name: 'b', layer: bernoulli(1, { bias: [3] }), visible: true },
      ],
      interactions: [dense(0, 1)],
      blocks: [[0], [1]],
    });
    expect([...fresh.parameters]).toEqual([1, 2, 3, 0, 0]);
    expect([fresh.visible, hiddenLayers(fresh), fresh.constant]).toEqual([[1], [0], 0]);
  });

  test('are seen through views', () => {
    const copy = cloneModel(model);
    parameter(copy, 'label.bias')[1] = 42;
    expect(layerParameters(copy, 2, copy.parameters)[1]).toBe(42);
    expect(copy.parameters[7]).toBe(42);
    expect(model.parameters[7]).not.toBe(42);
  });
});

test('layers are found by name, and their units numbered across the model', () => {
  const model = randomLabelled(2, 3, 4, 1);
  expect(layerIndex(model, 'label')).toBe(2);
  // A one-hot unit is one unit, however wide.
  expect(unitOffsets(model)).toEqual([0, 2, 6]);
  expect(sampleWidth(model)).toBe(5);
  expect(hiddenLayers(randomDeep(2, 2, 2, 1))).toEqual([1, 2]);
});

test('a layer that would interact with itself is told so', () => {
  const layers = [{ name: 'a', layer: bernoulli(2) }];
  const make = (): unknown => createModel({ kind: 'test', layers, interactions: [dense(0, 0)], blocks: [[0]] });
  expect(make).toThrow(/must join two different layers/);
});

describe('bad input is refused', () => {
  const layers = [
    { name: 'a', layer: bernoulli(2), visible: true },
    { name: 'b', layer: oneHot(2, 3) },
    { name: 'c', layer: bernoulli(2) },
  ];
  const structure =
    (interactions: Interaction[], blocks: number[][], named = layers): (() => unknown) =>
    () =>
      createModel({ kind: 'test', layers: named, interactions, blocks });
  const cases: [string, () => unknown][] = [
    [
      'two layers of one name',
      structure(
        [],
        [[0, 1, 2]],
        layers.map((entry) => ({ ...entry, name: 'same' })),
      ),
    ],
    ['two interactions of one name', structure([dense(0, 1), dense(0, 2)], [[0], [1, 2]])],
    ['an interaction named like a layer', structure([dense(0, 1, 'a')], [[0], [1, 2]])],
    ['an interaction with a layer that does not exist', structure([dense(0, 3)], [[0], [1, 2]])],
    ['an interaction of a layer with itself', structure([dense(1, 1)], [[0], [1, 2]])],
    ['an interaction within a block', structure([dense(0, 1)], [[0, 1], [2]])],
    ['a layer in no block', structure([dense(0, 1)], [[0], [1]])],
    [
      'a layer in two blocks',
      structure(
        [dense(0, 1)],
        [
          [0, 2],
          [1, 2],
        ],
      ),
    ],
    ['a block of a layer that does not exist', structure([dense(0, 1)], [[0], [1, 2, 3]])],
    ['an unknown parameter', () => parameter(randomDeep(2, 2, 2, 1), 'weights')],
    ['an unknown layer', () => layerIndex(randomDeep(2, 2, 2, 1), 'hidden')],
  ];
  test.each(cases)('%s', async (_, work) => {
    expect(await codeOf(work)).toBe('ARGUMENT_INVALID');
  });
});
