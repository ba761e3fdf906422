import type { Generator } from '@rbm/core';
import type { Batch } from '@rbm/core/contracts';
import { BatchOrder } from './batches.js';
import { RowSets } from './row-sets.js';
import { SampleRows, type SampleSource } from './source.js';

/** The batches of a training, by the place of their first sample in the order in which samples are seen. */
export interface BatchFeed {
  /** The same object each time for batches of as many rows; its buffers are overwritten by the next call. */
  batchAt(position: number, rows: number): Batch | Promise<Batch>;
  /** Releases the buffers of batches. Those that are asked for later get new ones. */
  releaseBuffers(): void;
  /** Ends what is under way. */
  close(): void | Promise<void>;
}

/** Batches of samples that are in memory. */
export class SampleFeed implements BatchFeed {
  readonly #order: BatchOrder;
  readonly #buffers: RowSets<{ readonly samples: SampleRows; readonly batch: Batch }>;

  constructor(source: SampleSource, random: Generator) {
    this.#order = new BatchOrder(random, source.samples.count);
    this.#buffers = new RowSets(
      (rows) => {
        const samples = new SampleRows(source, rows);
        const { visible, weights } = samples;
        return { samples, batch: { visible, rows, ...(weights ? { weights } : {}) } };
      },
      ({ samples }) => samples.dispose(),
    );
  }

  batchAt(position: number, rows: number): Batch {
    const { samples, batch } = this.#buffers.of(rows);
    samples.fill(this.#order.samplesAt(position, rows));
    return batch;
  }

  releaseBuffers(): void {
    this.#buffers.dispose();
  }

  close(): void {}
}
