import { type Generator, permutation } from '@rbm/core';

/** How samples are cut into batches. */
export interface BatchSizes {
  /** How many samples there are. */
  readonly count: number;
  /** Samples in a batch; the last of an epoch has what is left. */
  readonly batch: number;
}

/** Batches in an epoch. */
export function batchesPerEpoch({ count, batch }: BatchSizes): number {
  return Math.ceil(count / batch);
}

/** Samples in the batch that begins at a place of the order. A batch ends where its epoch does. */
export function rowsAt(position: number, { count, batch }: BatchSizes): number {
  return Math.min(batch, count - (position % count));
}

/** Samples that some batches in a row have, the first of which begins at a place of the order. */
export function samplesIn(batches: number, position: number, sizes: BatchSizes): number {
  const { count, batch } = sizes;
  const rest = count - (position % count);
  const first = Math.ceil(rest / batch);
  if (batches < first) return batches * batch;
  const perEpoch = batchesPerEpoch(sizes);
  const epochs = Math.floor((batches - first) / perEpoch);
  return rest + epochs * count + (batches - first - epochs * perEpoch) * batch;
}

/** Batches until so many samples have been seen, the first of which is at a place of the order. */
export function batchesToSee(samples: number, position: number, sizes: BatchSizes): number {
  const { count, batch } = sizes;
  const rest = count - (position % count);
  if (samples <= rest) return Math.max(0, Math.ceil(samples / batch));
  const epochs = Math.floor((samples - rest) / count);
  const last = samples - rest - epochs * count;
  return Math.ceil(rest / batch) + epochs * batchesPerEpoch(sizes) + Math.ceil(last / batch);
}

/**
 * The order in which samples are seen: one random permutation after another, one an epoch. What is at a place of it is a function of the
 * generator, so an interrupted training goes on in the same order from the number of samples that it has seen.
 */
export class BatchOrder {
  readonly #random: Generator;
  readonly #count: number;
  /** That of an epoch and the one before. */
  readonly #permutations: Map<number, Uint32Array> = new Map();

  /** @param count How many samples there are. */
  constructor(random: Generator, count: number) {
    this.#random = random.fork('order');
    this.#count = count;
  }

  /** The samples of a batch that begins at a place of the order, and ends where the epoch does at the latest. */
  samplesAt(position: number, rows: number): Uint32Array {
    const epoch = Math.floor(position / this.#count);
    const start = position - epoch * this.#count;
    return this.#permutation(epoch).subarray(start, start + rows);
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
