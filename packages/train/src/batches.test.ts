import { generator } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { BatchOrder, batchesPerEpoch, batchesToSee, rowsAt, samplesIn } from './batches.js';

/** The first samples of an order. */
function firstSamples(order: BatchOrder, length: number): number[] {
  return Array.from({ length }, (_, position) => order.samplesAt(position, 1)[0] as number);
}

describe('the order of samples', () => {
  it.each([10, 7, 1])('shows each of %i samples once an epoch', (count) => {
    const samples = firstSamples(new BatchOrder(generator(1), count), 3 * count);
    for (let epoch = 0; epoch < 3; epoch++) {
      const seen = samples.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
      expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
    }
  });

  it('differs from epoch to epoch and from seed to seed', () => {
    const samples = firstSamples(new BatchOrder(generator(1), 20), 40);
    expect(samples.slice(0, 20)).not.toEqual(samples.slice(20));
    expect(firstSamples(new BatchOrder(generator(2), 20), 20)).not.toEqual(samples.slice(0, 20));
  });

  it('is a function of the place: what was asked before does not matter', () => {
    const forward = firstSamples(new BatchOrder(generator(1), 11), 90);
    const fresh = new BatchOrder(generator(1), 11);
    for (let position = 89; position >= 0; position--) expect(fresh.samplesAt(position, 1)[0]).toBe(forward[position]);
  });
});

describe('batches', () => {
  it.each([
    [10, 4],
    [10, 5],
    [7, 7],
    [5, 1],
    [9, 8],
  ])('of %i samples by %i: an epoch ends with what is left, whichever place is the first', (count, batch) => {
    const sizes = { count, batch };
    for (let start = 0; start < 2 * count; start++) {
      // One batch after the other, as a training goes.
      let position = start;
      for (let batches = 0; batches < 12; batches++) {
        expect(samplesIn(batches, start, sizes)).toBe(position - start);
        if (batches > 0) {
          // Fewer samples than these batches have need no more of them, one more needs another.
          expect(batchesToSee(position - start, start, sizes)).toBe(batches);
          expect(batchesToSee(position - start + 1, start, sizes)).toBe(batches + 1);
        }
        const rows = rowsAt(position, sizes);
        expect(rows).toBe(Math.min(batch, count - (position % count)));
        position += rows;
      }
    }
    expect(batchesToSee(3 * count, 0, sizes)).toBe(3 * batchesPerEpoch(sizes));
    expect(batchesToSee(0, 3, sizes)).toBe(0);
    expect(batchesToSee(-5, 3, sizes)).toBe(0);
  });
});
