import { describe, expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { createModel } from './create-model.js';
import type { Interaction } from './interaction.js';
import type { BlockPart } from './model.js';

const layers = [
  { name: 'a', layer: bernoulli(3), visible: true },
  { name: 'b', layer: bernoulli(2) },
];
const part = (layer: number, ...units: number[]): BlockPart => ({ layer, units: Uint32Array.from(units) });
const oneByOne = [[part(0, 0)], [part(0, 1)], [part(0, 2)]];
const symmetric: Interaction = { kind: 'symmetric', name: 'J', between: [0, 0] };
const sparse = (between: readonly [number, number], ...edges: number[]): Interaction => ({
  kind: 'sparse',
  name: 'J',
  between,
  edges: Uint32Array.from(edges),
});
const make = (interactions: Interaction[], blocks: (number | BlockPart)[][]) => () =>
  createModel({ kind: 'test', layers, interactions, blocks });

test.each<[string, () => unknown]>([
  ['couplings between all units of a layer, drawn one by one', make([symmetric], [...oneByOne, [1]])],
  ['edges within a layer, colour by colour', make([sparse([0, 0], 0, 1, 2, 1)], [[part(0, 0, 2)], [part(0, 1), 1]])],
  [
    'edges between layers that share a block',
    make(
      [sparse([0, 1], 0, 0)],
      [
        [part(0, 0), part(1, 1)],
        [part(0, 1, 2), part(1, 0)],
      ],
    ),
  ],
])('%s: a model', async (_, work) => {
  expect(await codeOf(work)).toBe('no error');
});

describe('refused:', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'all pairs of two layers as symmetric',
      make([{ ...symmetric, between: [0, 1] }], [[0], [1]]),
      /join a layer of the model to itself/,
    ],
    [
      'two units of a symmetric interaction in a block',
      make([symmetric], [[part(0, 0, 1)], [part(0, 2), 1]]),
      /units of one block, number 0/,
    ],
    [
      'the two ends of an edge in a block',
      make([sparse([0, 1], 2, 1)], [[part(0, 0, 2), 1], [part(0, 1)]]),
      /units of one block, number 0/,
    ],
    [
      'an edge to a unit that does not exist',
      make([sparse([0, 1], 0, 2)], [[0], [1]]),
      /joins units 0 and 2, of 3 and 2/,
    ],
    ['an edge from a unit to itself', make([sparse([0, 0], 1, 1)], [...oneByOne, [1]]), /joins units 1 and 1/],
    ['an edge twice', make([sparse([0, 1], 0, 1, 0, 1)], [[0], [1]]), /once more/],
    ['an edge twice, in the other order', make([sparse([0, 0], 0, 1, 1, 0)], [...oneByOne, [1]]), /once more/],
    ['half an edge', make([sparse([0, 1], 0, 1, 0)], [[0], [1]]), /pairs of units/],
    ['edges of layers that do not exist', make([sparse([0, 2], 0, 1)], [[0], [1]]), /layers of the model/],
    ['a unit in no block', make([], [[part(0, 0, 2)], [1]]), /unit 1 of "a" is missing/],
    ['a unit in two blocks', make([], [[0], [part(0, 1), 1]]), /exactly once/],
    ['units in another order', make([], [[part(0, 2, 0, 1)], [1]]), /increasing order/],
    ['a unit that does not exist', make([], [[part(0, 0, 1, 3)], [1]]), /exactly once/],
    ['a layer twice in a block', make([], [[part(0, 0, 1), part(0, 2), 1]]), /names a layer twice/],
  ])('%s', async (_, work, message) => {
    expect(await codeOf(work)).toBe('ARGUMENT_INVALID');
    expect(work).toThrow(message);
  });
});
