import { generator } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { BatchOrder } from './batches.js';

/** The samples of the first `steps` batches. */
function firstSamples(order: BatchOrder, rows: number, steps: number): number[] {
  return Array.from({ length: steps * rows }, (_, n) => order.sampleAt(Math.floor(n / rows), n % rows));
}

describe('the order of samples', () => {
  it.each([
    [10, 4],
    [7, 7],
    [3, 8],
    [1, 5],
  ])('shows each of %i samples once a permutation, in batches of %i', (count, rows) => {
    const samples = firstSamples(new BatchOrder(generator(1), count, rows), rows, 3 * count);
    for (let epoch = 0; (epoch + 1) * count <= samples.length; epoch++) {
      const seen = samples.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
      expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
    }
  });

  it('differs from epoch to epoch and from seed to seed', () => {
    const samples = firstSamples(new BatchOrder(generator(1), 20, 20), 20, 2);
    expect(samples.slice(0, 20)).not.toEqual(samples.slice(20));
    expect(firstSamples(new BatchOrder(generator(2), 20, 20), 20, 1)).not.toEqual(samples.slice(0, 20));
  });

  it('is a function of the step: what was asked before does not matter', () => {
    const order = new BatchOrder(generator(1), 11, 3);
    const forward = firstSamples(order, 3, 30);
    const fresh = new BatchOrder(generator(1), 11, 3);
    for (let step = 29; step >= 0; step--) {
      for (let row = 0; row < 3; row++) expect(fresh.sampleAt(step, row)).toBe(forward[step * 3 + row]);
    }
  });
});
