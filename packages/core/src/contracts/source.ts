import type { AbortSignalLike } from './abort.js';
import type { SampleArray } from './dataset.js';

/** Type of the numbers of a source, by the array that holds them. */
export type SourceNumbers = 'uint8' | 'float32' | 'float64';

/** Arrays of the caller that a source fills with some rows. */
export interface SourceRows {
  /** `[rows, width]`, of the type that the source names. */
  readonly values: SampleArray;
  /** `[rows]`: only of a source with weights. */
  readonly weights?: Float64Array;
  /** `[rows]`: only of a source with labels. */
  readonly labels?: Uint8Array;
}

/**
 * Observations that are read in blocks, because memory does not hold them all. What a row holds must be the same at each read: training
 * reads every row once to check it and again in every epoch, and stops with `DATA_INVALID` where a block has changed.
 */
export interface Source {
  readonly specVersion: 1;
  /** For messages: the path of a file. */
  readonly name: string;
  /** Samples in all. */
  readonly count: number;
  /** Numbers in one sample. */
  readonly width: number;
  /** Type of the values. Bytes hold binary and small integer data in an eighth of the memory. */
  readonly numbers: SourceNumbers;
  /** Whether each sample has a weight: positive, how often it counts. */
  readonly hasWeights: boolean;
  /** Whether each sample has a class label. */
  readonly hasLabels: boolean;
  /**
   * Fills arrays of the caller with rows `first` to `first + count − 1`. Reads may overlap in time. Nothing of `into` is kept.
   *
   * @throws RbmError `FILE_INVALID`, `FILE_NOT_FOUND` or `DATA_INVALID` where rows cannot be read; `ABORTED`; `DISPOSED` after the source
   * was closed.
   */
  read(first: number, count: number, into: SourceRows, signal?: AbortSignalLike): Promise<void>;
}

/** A source that holds something, such as an open file. The caller who opened it closes it after the last read. */
export interface OpenSource extends Source {
  /** Closes it: reads that come later throw `DISPOSED`. */
  close(): Promise<void>;
}

/** Whether data are a source rather than samples in memory. */
export function isSource(data: object): data is Source {
  return 'read' in data && typeof data.read === 'function';
}

/** Empty arrays for some rows of a source. */
export function sourceRows(
  source: Pick<Source, 'width' | 'numbers' | 'hasWeights' | 'hasLabels'>,
  rows: number,
): SourceRows {
  const length = rows * source.width;
  const values =
    source.numbers === 'uint8'
      ? new Uint8Array(length)
      : source.numbers === 'float32'
        ? new Float32Array(length)
        : new Float64Array(length);
  return {
    values,
    ...(source.hasWeights ? { weights: new Float64Array(rows) } : {}),
    ...(source.hasLabels ? { labels: new Uint8Array(rows) } : {}),
  };
}
