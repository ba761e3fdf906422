import { expect, test } from 'vitest';
import { bits, codeOf, distance, randomNetworks, randomRbm } from '../exact/brute-force.testing.js';
import { binomial } from '../layers/binomial.js';
import { gaussian } from '../layers/gaussian.js';
import { spin } from '../layers/spin.js';
import { energy } from './energy.js';
import { rbm } from './rbm.js';
import { atTemperature } from './temperature.js';

test('energies are divided by the temperature', () => {
  const model = { ...randomRbm(3, 2, 1), constant: 2 };
  const values = { visible: bits(1, 12), hidden: bits(2, 8) };
  const divided = energy(model, values).map((e) => e / 2.5);
  expect(distance(energy(atTemperature(model, 2.5), values), divided)).toBeLessThan(1e-13);
  expect(energy(model, values)).not.toEqual(divided);
});

test('real units and networks have temperatures too', () => {
  const model = rbm({ visible: spin(2), hidden: gaussian(2), weights: [1, 2, 3, 4] });
  const values = { visible: Float64Array.of(1, -1), hidden: Float64Array.of(0.5, -2) };
  expect(energy(atTemperature(model, 0.5), values)[0]).toBeCloseTo(2 * (energy(model, values)[0] as number), 13);
  for (const [, network] of randomNetworks()) expect(() => atTemperature(network, 3)).not.toThrow();
});

test('what has no temperature is refused', async () => {
  const counted = rbm({ visible: binomial(2, { trials: 3 }), hidden: spin(1) });
  expect(await codeOf(() => atTemperature(counted, 2))).toBe('UNSUPPORTED');
  for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(await codeOf(() => atTemperature(randomRbm(2, 2, 1), temperature))).toBe('ARGUMENT_INVALID');
  }
});
