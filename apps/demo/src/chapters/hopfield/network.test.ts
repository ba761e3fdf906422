import { reference } from '@rbm/core';
import { describe, expect, test } from 'vitest';
import {
  corrupt,
  energyOf,
  firstPatterns,
  overlaps,
  randomPatterns,
  remember,
  rules,
  sweep,
  UNITS,
} from './network.js';

const backend = reference();

async function fall(model: ReturnType<typeof remember>, start: Float64Array): Promise<Float64Array> {
  let [state, before] = [start, energyOf(model, start)];
  for (let step = 0; step < 50; step++) {
    const next = await sweep(model, backend, state, 0, 1, step);
    const after = energyOf(model, next.state);
    expect(after).toBeLessThanOrEqual(before + 1e-12);
    [state, before] = [next.state, after];
    if (next.still) return state;
  }
  throw new Error('still falling');
}

describe.each(Object.entries(rules))('stored by %s', (_, rule) => {
  test('every pattern comes back from a fifth of damage, and the energy never rises', async () => {
    const model = remember(firstPatterns, rule);
    for (const [n, pattern] of firstPatterns.entries()) {
      expect(await fall(model, pattern)).toEqual(pattern);
      for (const seed of [1, 2, 3]) {
        const found = await fall(model, corrupt(pattern, 0.2, seed));
        expect(overlaps(found, firstPatterns)[n]).toBe(1);
      }
    }
  });
});

test('Hebb’s rule breaks when too much is stored', async () => {
  const many = [...firstPatterns, ...randomPatterns(24, 1)];
  const found = await fall(remember(many, rules.hebb as never), many[0] as Float64Array);
  expect(overlaps(found, many)[0]).toBeLessThan(0.9);
});

test('memory melts with temperature', async () => {
  const model = remember(firstPatterns, rules.hebb as never);
  const mean = async (temperature: number): Promise<number> => {
    let [state, sum] = [firstPatterns[0] as Float64Array, 0];
    for (let step = 0; step < 300; step++) {
      ({ state } = await sweep(model, backend, state, temperature, 1, step));
      if (step >= 100) sum += Math.abs(overlaps(state, firstPatterns)[0] as number);
    }
    return sum / 200;
  };
  expect(await mean(0.3)).toBeGreaterThan(0.95);
  // An infinite network would forget at 1; of 64 units a trace stays.
  expect(await mean(2)).toBeLessThan(0.3);
  expect(UNITS).toBe(64);
});
