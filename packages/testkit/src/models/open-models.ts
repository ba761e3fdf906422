import { bernoulli, createModel, type EnergyModel, potts, spin } from '@rbm/core';
import type { OpenInteraction } from '@rbm/core/contracts';
import { productInteraction } from './product-interaction.js';

/** Small models whose interactions no built-in kind can express. */

/** What an interaction does otherwise. */
export type Change = (right: OpenInteraction) => Partial<OpenInteraction>;

/** Products of two visible units and a hidden one, with weights that are shared, and a field that the hidden units share. */
export function thirdOrder(
  change: Change = () => ({}),
  blocks: readonly (readonly number[])[] = [[0], [1], [2]],
): EnergyModel {
  const right = productInteraction({
    name: 'products',
    between: [0, 1],
    units: [3, 2],
    widths: [1, 1],
    terms: [
      {
        parameter: 0,
        factors: [
          [0, 0],
          [0, 1],
          [1, 0],
        ],
      },
      {
        parameter: 1,
        factors: [
          [0, 1],
          [0, 2],
          [1, 1],
        ],
      },
      {
        parameter: 2,
        factors: [
          [0, 0],
          [0, 2],
          [1, 0],
        ],
      },
      {
        parameter: 2,
        factors: [
          [0, 0],
          [0, 1],
          [1, 1],
        ],
      },
      { parameter: 3, factors: [[1, 0]] },
      { parameter: 3, factors: [[1, 1]] },
      {
        parameter: 4,
        factors: [
          [0, 1],
          [0, 2],
        ],
      },
    ],
  });
  return createModel({
    kind: 'testkit/third-order',
    layers: [
      { name: 'visible', layer: bernoulli(3), visible: true },
      { name: 'hidden', layer: spin(2) },
    ],
    interactions: [{ ...right, ...change(right) }],
    blocks: [[1], ...blocks.map((units) => [{ layer: 0, units: Uint32Array.from(units) }])],
    constant: 0.3,
  });
}

/** Three layers, one of them categorical, whose units act on each other three at a time (Memisevic and Hinton 2007); beside weights. */
export function gated(): EnergyModel {
  const terms = [0, 1].flatMap((i) =>
    [0, 1, 2].flatMap((k) =>
      [0, 1].map((j) => ({
        parameter: (i * 3 + k) * 2 + j,
        factors: [
          [0, i],
          [1, k],
          [2, j],
        ] as const,
      })),
    ),
  );
  return createModel({
    kind: 'testkit/gated',
    layers: [
      { name: 'image', layer: spin(2), visible: true },
      { name: 'class', layer: potts(1, { categories: 3 }), visible: true },
      { name: 'hidden', layer: bernoulli(2) },
    ],
    interactions: [
      productInteraction({ name: 'gates', between: [0, 1, 2], units: [2, 1, 2], widths: [1, 3, 1], terms }),
      { kind: 'dense', name: 'weights', between: [0, 2] },
    ],
    blocks: [[2], [0], [1]],
  });
}
