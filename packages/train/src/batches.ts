import { type Generator, permutation } from '@rbm/core';

/**
 * The order in which samples are seen: one random permutation after another, cut into batches of equal size, which may
 * run across the end of a permutation. Sample `row` of batch `step` is a function of the generator, so an interrupted
 * training goes on in the same order from its step count alone.
 */
export class BatchOrder {
  readonly #random: Generator;
  readonly #count: number;
  readonly #rows: number;
  readonly #seen: number;
  /** A batch may reach into the next permutation, or over several where it is larger than the data. */
  readonly #permutations: Map<number, Uint32Array> = new Map();

  /**
   * @param count How many samples there are.
   * @param rows Samples in a batch.
   * @param seen Samples that were in earlier batches, of whatever size.
   */
  constructor(random: Generator, count: number, rows: number, seen = 0) {
    this.#random = random.fork('order');
    this.#count = count;
    this.#rows = rows;
    this.#seen = seen;
  }

  /** The sample at a row of a batch. */
  sampleAt(step: number, row: number): number {
    const position = this.#seen + step * this.#rows + row;
    const epoch = Math.floor(position / this.#count);
    return this.#permutation(epoch)[position % this.#count] as number;
  }

  #permutation(epoch: number): Uint32Array {
    const known = this.#permutations.get(epoch);
    if (known) return known;
    const made = permutation(this.#random, this.#count, epoch);
    for (const old of this.#permutations.keys()) if (old < epoch - 1) this.#permutations.delete(old);
    this.#permutations.set(epoch, made);
    return made;
  }
}
