import {
  type AbortSignalLike,
  empirical,
  meanAndStandardError,
  RbmError,
  type SampleArray,
  type Samples,
} from '@rbm/core';
import {
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  optional,
  Pacer,
  throwIfAborted,
} from '@rbm/core/contracts';

/** What `novelty` takes beside the samples. */
export interface NoveltyOptions {
  /** What the model was trained on. Repetitions and weights count for nothing here. */
  readonly training: Samples;
  /** Samples of the same kind that the model was not trained on. */
  readonly heldOut?: Samples;
  /** Whether a sample is what samples should be: a bar or a stripe, a legal move. `[width]`, the same array every time. */
  readonly isValid?: (sample: Float64Array) => boolean;
  readonly signal?: AbortSignalLike;
  /** Called now and then with the samples done. */
  readonly progress?: (samples: number) => void;
}

/** A mean over samples with its standard error. Where all samples agree the error is 0, which says little: see `count`. */
export interface SampleMean {
  readonly mean: number;
  /** Of independent samples. */
  readonly standardError: number;
}

/** How samples relate to the data that a model was trained on. All are means over the samples. */
export interface Novelty {
  readonly count: number;
  /** Share of samples that are equal, number by number, to some training sample. */
  readonly copies: SampleMean;
  /**
   * Distance to the nearest training sample: the share of numbers in which the two differ (Hamming distance over width),
   * 0 for a copy. In one-hot units a unit that differs is two numbers that do.
   */
  readonly distanceToTraining: SampleMean;
  /** Distance to the nearest held-out sample; present with `heldOut`. */
  readonly distanceToHeldOut?: SampleMean;
  /** Share of samples that are valid; present with `isValid`. */
  readonly valid?: SampleMean;
  /** Share of all samples that are valid and equal to no training sample; present with `isValid`. */
  readonly validAndNew?: SampleMean;
}

/**
 * Whether a model makes something new, and whether that is any good. A model that repeats its training data has
 * `copies` 1 and `validAndNew` 0; noise has `valid` near 0. One that has learned the rule behind the data has `valid` near
 * 1 and `validAndNew` above 0. A small distance to held-out samples says that samples look like data; to be read beside
 * the distance to training samples, and only for sets of equal size, since the more samples there are, the nearer is the
 * nearest. Time is proportional to samples × data × width.
 *
 * @param samples `[count, width]`, of units with finitely many states: numbers are equal or not, there is no nearly.
 * @throws RbmError `SHAPE_MISMATCH` if widths differ; `DATA_INVALID` without samples; `NOT_FINITE`; `ABORTED`; as `empirical`.
 */
export async function novelty(samples: SampleArray, options: NoveltyOptions): Promise<Novelty> {
  checkArgument('novelty', 'samples', samples, kinds.sampleArray);
  checkArguments('novelty', options, {
    training: kinds.samples,
    heldOut: optional(kinds.samples),
    isValid: optional(kinds.function),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  const { training, heldOut, isValid, signal, progress } = options;
  const { width } = training;
  const count = checkSamples(samples, width, heldOut);
  const known = empirical(training).rows;
  const unknown = heldOut && empirical(heldOut).rows;
  const column = (): Float64Array => new Float64Array(count);
  const [toTraining, copies, toHeldOut, valid, validAndNew] = [column(), column(), column(), column(), column()];
  const sample = new Float64Array(width);
  const pacer = new Pacer();
  for (let n = 0; n < count; n++) {
    sample.set(samples.subarray(n * width, (n + 1) * width));
    const distance = nearest(sample, known);
    toTraining[n] = distance / width;
    copies[n] = distance === 0 ? 1 : 0;
    if (unknown) toHeldOut[n] = nearest(sample, unknown) / width;
    if (isValid?.(sample)) {
      valid[n] = 1;
      validAndNew[n] = distance === 0 ? 0 : 1;
    }
    progress?.(n + 1);
    throwIfAborted(signal);
    await pacer.breathe();
  }
  return {
    count,
    copies: meanAndStandardError(copies),
    distanceToTraining: meanAndStandardError(toTraining),
    ...(unknown ? { distanceToHeldOut: meanAndStandardError(toHeldOut) } : {}),
    ...(isValid ? { valid: meanAndStandardError(valid), validAndNew: meanAndStandardError(validAndNew) } : {}),
  };
}

/** @returns the number of samples */
function checkSamples(samples: SampleArray, width: number, heldOut: Samples | undefined): number {
  if (samples.length === 0) throw new RbmError('DATA_INVALID', 'The novelty of no samples was asked for.');
  const count = samples.length / width;
  if (!Number.isInteger(count)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `Training samples have ${width} numbers; ${samples.length} numbers are no whole number of such samples.`,
    );
  }
  if (heldOut && heldOut.width !== width) {
    throw new RbmError('SHAPE_MISMATCH', `Training samples have ${width} numbers, but held-out ones ${heldOut.width}.`);
  }
  const bad = samples.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RbmError('NOT_FINITE', `Number ${bad} of the samples is ${samples[bad]}.`);
  return count;
}

/** The smallest number of differences between a sample and a row. */
function nearest(sample: Float64Array, rows: Float64Array): number {
  const width = sample.length;
  let least = width;
  for (let start = 0; start < rows.length && least > 0; start += width) {
    let differences = 0;
    for (let i = 0; i < width && differences < least; i++) {
      if (sample[i] !== rows[start + i]) differences++;
    }
    least = differences;
  }
  return least;
}
