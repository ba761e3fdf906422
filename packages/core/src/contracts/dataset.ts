import type { AbortSignalLike } from './abort.js';

/** Host arrays in which samples are kept. Bytes hold binary and small integer data in an eighth of the memory. */
export type SampleArray = Uint8Array | Float32Array | Float64Array;

/** A set of observations, one row a sample. */
export interface Samples {
  /** `[count, width]`, row-major. */
  readonly values: SampleArray;
  readonly count: number;
  /** Numbers in one sample: the units of the visible layer times the numbers a unit. */
  readonly width: number;
  /** `[count]`, positive: how often each sample counts. All 1 when absent. */
  readonly weights?: Float64Array;
  /** `[count]`: a class label for each sample, where the source has them. */
  readonly labels?: Uint8Array;
}

/** Height and width in pixels of a sample that is an image. */
export type ImageShape = readonly [height: number, width: number];

/** Observations, split for training and for judging, with how they were made. */
export interface Dataset {
  readonly specVersion: 1;
  readonly name: string;
  readonly train: Samples;
  /** Held out: never trained on. */
  readonly test?: Samples;
  readonly image?: ImageShape;
  /**
   * How raw values became the samples: settings that anyone needs to prepare new observations in the same way.
   * Plain values, recorded in run and model files.
   */
  readonly preparation: Readonly<Record<string, string | number | boolean>>;
}

/** Options that every dataset loader takes. */
export interface LoadOptions {
  readonly signal?: AbortSignalLike;
  /** Called with lines a person may want to read: what is being read from where, downloads. */
  readonly log?: (line: string) => void;
}
