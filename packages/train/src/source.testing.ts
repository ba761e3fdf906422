import type { Samples } from '@rbm/core';
import { type Source, type SourceRows, throwIfAborted } from '@rbm/core/contracts';

/** The package compiles without the types of a platform. */
const later = globalThis as unknown as { setTimeout(work: () => void, milliseconds: number): void };

/** A source made of samples, which notes what is asked of it. */
export interface NotedSource extends Source {
  /** First row and number of rows of each read. */
  readonly reads: (readonly [first: number, count: number])[];
  /** Rows that the arrays hold which were ever handed over. */
  heldRows(): number;
  /** Reads that have not ended. */
  readonly pending: number;
}

/** @param interrupt Called before each read with its number: what it throws, the read rejects with. */
export function noted(
  { values, weights, labels, count, width }: Samples,
  interrupt: (read: number) => void | Promise<void> = () => {},
): NotedSource {
  const buffers = new Map<unknown, number>();
  const reads: (readonly [number, number])[] = [];
  let pending = 0;
  return {
    specVersion: 1,
    name: 'rows.bin',
    count,
    width,
    numbers: values instanceof Uint8Array ? 'uint8' : values instanceof Float32Array ? 'float32' : 'float64',
    hasWeights: weights !== undefined,
    hasLabels: labels !== undefined,
    reads,
    heldRows: () => [...buffers.values()].reduce((sum, rows) => sum + rows, 0),
    get pending() {
      return pending;
    },
    async read(first, rows, into: SourceRows, signal) {
      reads.push([first, rows]);
      buffers.set(into.values.buffer, into.values.buffer.byteLength / into.values.BYTES_PER_ELEMENT / width);
      pending++;
      try {
        // As slow as a disk: what is asked for comes later.
        await new Promise<void>((resolve) => later.setTimeout(resolve, 0));
        await interrupt(reads.length);
        throwIfAborted(signal);
        into.values.set(values.subarray(first * width, (first + rows) * width));
        if (weights) into.weights?.set(weights.subarray(first, first + rows));
        if (labels) into.labels?.set(labels.subarray(first, first + rows));
      } finally {
        pending--;
      }
    },
  };
}
