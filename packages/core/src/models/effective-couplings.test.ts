import { describe, expect, it } from 'vitest';
import { bernoulli } from '../layers/bernoulli.js';
import { gaussian } from '../layers/gaussian.js';
import type { Layer } from '../layers/layer.js';
import { potts } from '../layers/potts.js';
import { spin } from '../layers/spin.js';
import { generator } from '../random/generator.js';
import { effectiveCouplings } from './effective-couplings.js';
import { freeEnergy } from './energy.js';
import type { EnergyModel } from './model.js';
import { rbm } from './rbm.js';

const random = generator(3);
const numbers = (count: number, stream: string): number[] =>
  Array.from({ length: count }, (_, n) => random.fork(stream).normal(0, n, 0, 0));

const hiddens: [string, Layer][] = [
  ['gaussian', gaussian(3, { field: [0.3, -0.2, 0.1], precision: [0.7, 1, 2] })],
  ['bernoulli', bernoulli(3, { bias: [0.3, -0.2, 0.1] })],
  ['potts', potts(2, { categories: 3 })],
];
const visibles: [string, Layer][] = [
  ['bernoulli', bernoulli(4, { bias: numbers(4, 'a') })],
  ['spin', spin(4)],
  ['potts', potts(4, { categories: 3, bias: numbers(12, 'b') })],
];

/** The average of double differences of `log P` against every other state of the two units, from free energies alone. */
function byDefinition(model: EnergyModel, i: number, j: number, a: number, b: number): number {
  const layer = model.layers[0] as Layer;
  const q = layer.states as number;
  const logP = (digits: readonly number[]): number => {
    const values = new Float64Array(layer.units * layer.width);
    digits.forEach((digit, unit) => {
      layer.state(digit, values, unit * layer.width);
    });
    return -(freeEnergy(model, values)[0] as number);
  };
  let sum = 0;
  let count = 0;
  for (let index = 0; index < q ** layer.units; index++) {
    const other = Array.from({ length: layer.units }, (_, unit) => Math.floor(index / q ** unit) % q);
    const put = (x: number, y: number): number => logP(other.with(i, x).with(j, y));
    sum += put(a, b) - put(a, other[j] as number) - put(other[i] as number, b) + logP(other);
    count++;
  }
  return sum / count;
}

describe.each(visibles)('effective couplings of %s units', (_, visible) => {
  it.each(hiddens)('behind %s hidden units are averages of double differences', (_kind, hidden) => {
    const length = visible.units * visible.width * hidden.units * hidden.width;
    const model = rbm({ visible, hidden, weights: numbers(length, 'w') });
    const { units } = visible;
    const q = visible.states as number;
    const couplings = effectiveCouplings(model);
    expect(couplings).toHaveLength((units * q) ** 2);
    for (let i = 0; i < units; i++) {
      for (let j = 0; j < units; j++) {
        for (let a = 0; a < q; a++) {
          for (let b = 0; b < q; b++) {
            const expected = i === j ? 0 : byDefinition(model, i, j, a, b);
            expect(couplings[((i * units + j) * q + a) * q + b]).toBeCloseTo(expected, 10);
          }
        }
      }
    }
  });
});

it('between spins behind Gaussian units are those of the Hopfield network', () => {
  const model = rbm({ visible: spin(2), hidden: gaussian(1, { precision: [2] }), weights: [0.6, 0.8] });
  // J s s' with J = 0.6 · 0.8 / 2; states are −1, 1.
  const expected = [0.24, -0.24, -0.24, 0.24];
  effectiveCouplings(model)
    .subarray(4, 8)
    .forEach((x, n) => {
      expect(x).toBeCloseTo(expected[n] as number, 12);
    });
});

it('are refused where there are none, or too many states to average over', () => {
  const continuous = rbm({ visible: gaussian(2), hidden: bernoulli(2) });
  expect(() => effectiveCouplings(continuous)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  const large = rbm({ visible: bernoulli(30), hidden: bernoulli(2) });
  expect(() => effectiveCouplings(large)).toThrow(expect.objectContaining({ code: 'SIZE_LIMIT' }));
  expect(effectiveCouplings(rbm({ visible: bernoulli(30), hidden: gaussian(2) }))).toHaveLength(60 * 60);
});
