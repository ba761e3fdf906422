import { generator } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { BatchOrder } from './batches.js';
import { WindowOrder } from './window-order.js';

/** The row of the source at each place of the first `epochs` epochs. */
function rowsSeen(order: WindowOrder, count: number, blockRows: number, epochs: number): number[] {
  return Array.from({ length: epochs * count }, (_, position) => {
    const window = order.at(position);
    const rows = [...order.blocksOf(window.number)].flatMap((block) =>
      Array.from({ length: order.rowsOfBlock(block) }, (_, n) => block * blockRows + n),
    );
    expect(rows).toHaveLength(window.rows);
    return rows[order.rowOrder(window)[position - window.start] as number] as number;
  });
}

describe('the order of a source', () => {
  it.each([
    [23, 4, 2],
    [24, 4, 3],
    [5, 2, 1],
    [7, 10, 2],
  ])('shows each of %i rows once an epoch, in blocks of %i and windows of %i', (count, blockRows, windowBlocks) => {
    const order = new WindowOrder(generator(1), count, blockRows, windowBlocks);
    const seen = rowsSeen(order, count, blockRows, 3);
    for (let epoch = 0; epoch < 3; epoch++) {
      const rows = seen.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
      expect(rows).toEqual(Array.from({ length: count }, (_, n) => n));
    }
    if (count > 7) expect(seen.slice(0, count)).not.toEqual(seen.slice(count, 2 * count));
  });

  it('mixes the rows of the blocks of a window, and of no others', () => {
    const order = new WindowOrder(generator(3), 4000, 100, 4);
    const seen = rowsSeen(order, 4000, 100, 1);
    const windows = Array.from({ length: 10 }, (_, w) => seen.slice(400 * w, 400 * (w + 1)));
    const blocks = windows.map((rows) => new Set(rows.map((row) => Math.floor(row / 100))));
    expect(blocks.map(({ size }) => size)).toEqual(Array(10).fill(4));
    // The first quarter of a window has rows of each block: 25 of each on average.
    for (const rows of windows) {
      for (const block of new Set(rows.map((row) => Math.floor(row / 100)))) {
        const early = rows.slice(0, 100).filter((row) => Math.floor(row / 100) === block).length;
        expect(Math.abs(early - 25)).toBeLessThan(5 * Math.sqrt((100 * 0.25 * 0.75 * 300) / 399));
      }
    }
    // Blocks of a window are no neighbours.
    expect(blocks.some((set) => Math.max(...set) - Math.min(...set) > 10)).toBe(true);
  });

  it('is that of samples in memory where one window holds all', () => {
    for (const blockRows of [3, 5, 20]) {
      const order = new WindowOrder(generator(1), 17, blockRows, 6);
      const memory = new BatchOrder(generator(1), 17);
      expect(rowsSeen(order, 17, blockRows, 3)).toEqual(
        [0, 17, 34].flatMap((start) => [...memory.samplesAt(start, 17)]),
      );
    }
  });
});
