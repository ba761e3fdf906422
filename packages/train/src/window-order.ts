import { type Generator, permutation } from '@rbm/core';

/** A window: some blocks whose rows are shuffled together. */
export interface Window {
  /** Counted from the start of the first epoch. */
  readonly number: number;
  /** Its first place in the order in which samples are seen. */
  readonly start: number;
  readonly rows: number;
}

/**
 * The order in which the rows of a source are seen. In each epoch the blocks come in a random order, and each `windowBlocks` of them in a
 * row are a window, whose rows, in the order of the source, are permuted at random. Each row is seen once an epoch. All of it is a
 * function of the generator and the place.
 *
 * Where one window holds all blocks, the order is that of samples in memory.
 */
export class WindowOrder {
  readonly windows: number;
  readonly #random: Generator;
  readonly #count: number;
  readonly #blockRows: number;
  readonly #windowBlocks: number;
  readonly #blocks: number;
  /** Blocks of the epoch that was asked for last. */
  #known: { readonly epoch: number; readonly blocks: Uint32Array } | undefined;

  constructor(random: Generator, count: number, blockRows: number, windowBlocks: number) {
    this.#random = random.fork('order');
    this.#count = count;
    this.#blockRows = blockRows;
    this.#windowBlocks = windowBlocks;
    this.#blocks = Math.ceil(count / blockRows);
    this.windows = Math.ceil(this.#blocks / windowBlocks);
  }

  /** The window with the sample at a place of the order. */
  at(position: number): Window {
    const epoch = Math.floor(position / this.#count);
    const within = position - epoch * this.#count;
    // The last block may have fewer rows, wherever it comes in the order.
    let start = 0;
    for (let w = 0; ; w++) {
      const number = epoch * this.windows + w;
      const rows = this.#rowsOf(number);
      if (within < start + rows) return { number, start: epoch * this.#count + start, rows };
      start += rows;
    }
  }

  /** The blocks of a window, in the order of the source. */
  blocksOf(number: number): Uint32Array {
    const w = number % this.windows;
    return this.#epochBlocks(Math.floor(number / this.windows))
      .slice(w * this.#windowBlocks, (w + 1) * this.#windowBlocks)
      .sort();
  }

  /** Rows of a block. */
  rowsOfBlock(block: number): number {
    return Math.min(this.#blockRows, this.#count - block * this.#blockRows);
  }

  /** The order of the rows of a window, numbered as its blocks have them. */
  rowOrder({ number, rows }: Window): Uint32Array {
    return permutation(this.#random, rows, number);
  }

  #rowsOf(number: number): number {
    let rows = 0;
    for (const block of this.blocksOf(number)) rows += this.rowsOfBlock(block);
    return rows;
  }

  #epochBlocks(epoch: number): Uint32Array {
    if (this.#known?.epoch === epoch) return this.#known.blocks;
    const blocks = permutation(this.#random.fork('blocks'), this.#blocks, epoch);
    this.#known = { epoch, blocks };
    return blocks;
  }
}
