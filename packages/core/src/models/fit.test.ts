import { describe, expect, test } from 'vitest';
import type { Samples } from '../contracts/dataset.js';
import { codeOf, distance, randomRbm, randomSamples } from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { cost } from '../exact/likelihood.js';
import { bernoulli } from '../layers/bernoulli.js';
import { createModel } from './create-model.js';
import { fitVisible } from './fit.js';
import { type EnergyModel, parameter } from './model.js';
import { independent } from './rbm.js';

/** Two visible layers with a hidden one between them. */
function twoVisible(): EnergyModel {
  return createModel({
    kind: 'test',
    layers: [
      { name: 'left', layer: bernoulli(1), visible: true },
      { name: 'hidden', layer: bernoulli(1, { bias: [7] }) },
      { name: 'right', layer: bernoulli(2), visible: true },
    ],
    interactions: [
      { kind: 'dense', name: 'left weights', between: [0, 1] },
      { kind: 'dense', name: 'right weights', between: [2, 1] },
    ],
    blocks: [[1], [0, 2]],
  });
}

const samples: Samples = { values: Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1), count: 3, width: 3 };
/** With one sample of a featureless unit: `log((ones + ½) / (zeros + ½))`. */
const odds = (ones: number, zeros: number): number => Math.log((ones + 0.5) / (zeros + 0.5));

test('each visible layer takes its columns, and nothing else changes', () => {
  const model = twoVisible();
  fitVisible(model, samples);
  expect(distance(model.parameters, [odds(2, 1), 7, odds(0, 3), odds(2, 1), 0, 0, 0])).toBeLessThan(1e-15);
});

test('weighted samples count like duplicated ones', () => {
  const model = twoVisible();
  fitVisible(model, { ...samples, weights: Float64Array.of(1, 3, 1) });
  expect(distance(model.parameters, [odds(4, 1), 7, odds(0, 5), odds(2, 3), 0, 0, 0])).toBeLessThan(1e-15);
});

test('a base for annealing is written beside the model', () => {
  const model = randomRbm(3, 2, 1);
  const before = model.parameters.slice();
  const base = new Float64Array(model.layout.length);
  fitVisible(model, samples, base);
  expect(model.parameters).toEqual(before);
  expect(distance(base, [odds(2, 1), odds(0, 3), odds(2, 1), 0, 0, 0, 0, 0, 0, 0, 0])).toBeLessThan(1e-15);
});

test('no other independent units are likelier but for the featureless sample', async () => {
  const data = randomSamples(3, 2000, 4);
  const model = independent(bernoulli(4));
  fitVisible(model, data);
  const best = cost(model, data, (await enumerate(model)).logPartition);
  const bias = parameter(model, 'visible.bias');
  for (const change of [-0.05, 0.05]) {
    for (let i = 0; i < 4; i++) {
      bias[i] = (bias[i] as number) + change;
      expect(cost(model, data, (await enumerate(model)).logPartition)).toBeGreaterThan(best);
      bias[i] = (bias[i] as number) - change;
    }
  }
});

describe('bad samples are refused', () => {
  test.each([
    ['SHAPE_MISMATCH', { ...samples, width: 9, count: 1 }],
    ['SHAPE_MISMATCH', { ...samples, count: 2 }],
    ['SHAPE_MISMATCH', { ...samples, weights: Float64Array.of(1) }],
    ['DATA_INVALID', { ...samples, values: Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 0, 255) }],
  ])('%s', async (code, bad) => {
    expect(await codeOf(() => fitVisible(twoVisible(), bad))).toBe(code);
  });
});
