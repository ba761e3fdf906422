import { type Dataset, generator, type ImageShape, permutation, RbmError, type Samples } from '@rbm/core';
import type { LoadOptions } from '@rbm/core/contracts';
import {
  type ArgumentKind,
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  optional,
} from '@rbm/core/contracts';
import { type Binarisation, binarisationKind, binarisationRecord, binarise } from './binarise.js';
import type { CsvSamples } from './csv-options.js';
import type { FastaSamples } from './fasta.js';

/** Samples in any array of numbers. */
export interface ArraySamples extends Omit<Samples, 'values'> {
  /** `[count, width]`, row-major. */
  readonly values: ArrayLike<number>;
}

/** Options of `fromArray`: the samples, and how to make a dataset of them. */
export interface FromArrayOptions extends ArraySamples, Pick<LoadOptions, 'log'> {
  readonly name: string;
  /** Height and width of a sample that is an image; their product is the width of a sample. */
  readonly image?: ImageShape;
  /** The held-out part, where the source has one. Not together with `testFraction`. */
  readonly test?: ArraySamples;
  /** Which part of the samples to hold out, at least one of them and not all; below 1, needs `seed`. 0 if left out. */
  readonly testFraction?: number;
  /** Decides which samples `testFraction` holds out. */
  readonly seed?: number;
  /** Left out, or `none`: values stay as they are, but for a `maximum` that is given. */
  readonly binarise?: Binarisation;
  /**
   * The raw value that means fully on. If left out: the greatest value of the samples (test part included) where
   * `binarise` is `threshold` or `stochastic`, else 1. Recorded.
   */
  readonly maximum?: number;
}

/**
 * A dataset from a plain array of numbers, whatever file it came from:
 *
 * ```ts
 * const dataset = fromArray({ name: 'spins', ...parseCsv(text), testFraction: 0.2, seed: 1 });
 * ```
 *
 * `testFraction` draws the held-out samples without replacement; both parts keep the order of the array. Samples that
 * are not binary in the end are kept, for models that take them, and reported through `log`.
 *
 * @throws RbmError as `binarise` does; `SHAPE_MISMATCH` if a length or the image contradicts the shape; `DATA_INVALID`
 *   if a part would be empty; `ARGUMENT_INVALID` for contradicting options or a fraction out of range
 */
export function fromArray(options: FromArrayOptions): Dataset {
  // Readers' samples can be spread into the options: what they tell beside the samples is no mistake.
  const told: ArgumentKind = { noun: '', example: '', is: () => true };
  checkArguments<FromArrayOptions & Omit<CsvSamples & FastaSamples, keyof Samples>>('fromArray', options as never, {
    name: { ...kinds.text, example: "'spins'" },
    values: kinds.numbers,
    count: kinds.number,
    width: kinds.number,
    labels: optional(kinds.numbers),
    weights: optional(kinds.numbers),
    image: optional({ ...kinds.numbers, example: '[28, 28]' }),
    test: optional({ ...kinds.record, noun: 'samples', example: '{ values, count, width }' }),
    testFraction: optional(kinds.number),
    seed: optional(kinds.number),
    binarise: optional(binarisationKind),
    maximum: optional(kinds.number),
    log: optional(kinds.function),
    mask: told,
    names: told,
    categories: told,
    labelNames: told,
    notes: told,
    letters: told,
    ambiguous: told,
    insertions: told,
    insertColumns: told,
  });
  const { name, width, image, test, testFraction = 0, seed, binarise: how = { method: 'none' }, log } = options;
  if (image && image[0] * image[1] !== width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${name} has samples of width ${width}, which are no images of ${image.join(' × ')} pixels.`,
    );
  }
  if (test && testFraction !== 0) {
    throw new RbmError('ARGUMENT_INVALID', `${name} has a test part; a testFraction of its samples cannot be one too.`);
  }
  if (test && test.width !== width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${name} has training samples of width ${width}, but test samples of width ${test.width}.`,
    );
  }
  const raw = checkSamples(options, name);
  if (test) checkArgument('fromArray', 'test.values', test.values, kinds.numbers);
  const rawTest = test && checkSamples(test, name);
  const { maximum = how.method === 'none' ? 1 : greatest(rawTest ? [raw, rawTest] : [raw]) } = options;
  const all = binarise(raw, how, { maximum, stream: 'train' });
  const parts: Pick<Dataset, 'train' | 'test'> = rawTest
    ? { train: all, test: binarise(rawTest, how, { maximum, stream: 'test' }) }
    : testFraction === 0
      ? { train: all }
      : split(all, testFraction, seed, name);
  if (log && ![parts.train, parts.test].every((part) => part === undefined || isBinary(part))) {
    log(`${name}: some values are neither 0 nor 1; binarise them to make them so.`);
  }
  return {
    specVersion: 1,
    name,
    ...parts,
    ...(image && { image }),
    preparation: {
      ...binarisationRecord(how, maximum),
      ...(testFraction !== 0 && { testFraction, splitSeed: seed as number }),
    },
  };
}

/** The samples alone, in a typed array, with every length checked. */
function checkSamples({ values, count, width, labels, weights }: ArraySamples, name: string): Samples {
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(width) || width < 1) {
    throw new RbmError(
      'DATA_INVALID',
      `${name} needs at least one sample of at least one number, not ${count} of ${width}.`,
    );
  }
  for (const [what, array] of Object.entries({ labels, weights })) {
    if (array && array.length !== count) {
      throw new RbmError('SHAPE_MISMATCH', `${name} has ${count} samples, but ${array.length} ${what}.`);
    }
  }
  const isSampleArray =
    values instanceof Uint8Array || values instanceof Float32Array || values instanceof Float64Array;
  return {
    values: isSampleArray ? values : Float64Array.from(values),
    count,
    width,
    ...(labels && { labels }),
    ...(weights && { weights }),
  };
}

function split(
  samples: Samples,
  fraction: number,
  seed: number | undefined,
  name: string,
): { train: Samples; test: Samples } {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RbmError('ARGUMENT_INVALID', `The test fraction must be at least 0 and below 1, not ${fraction}.`);
  }
  if (seed === undefined) {
    throw new RbmError('ARGUMENT_INVALID', 'A test fraction needs a seed to draw the held-out samples with.');
  }
  const testCount = Math.round(samples.count * fraction);
  if (testCount === 0 || testCount === samples.count) {
    throw new RbmError(
      'DATA_INVALID',
      `A test fraction of ${fraction} leaves a part of the ${samples.count} samples of ${name} empty.`,
    );
  }
  const order = permutation(generator(seed).fork('split'), samples.count, 0);
  return {
    train: pick(samples, order.subarray(testCount).sort()),
    test: pick(samples, order.subarray(0, testCount).sort()),
  };
}

/** Copies of the samples with the given indices. */
function pick({ values, width, labels, weights }: Samples, indices: Uint32Array): Samples {
  const picked = new (values.constructor as new (length: number) => typeof values)(indices.length * width);
  indices.forEach((index, n) => {
    picked.set(values.subarray(index * width, (index + 1) * width), n * width);
  });
  return {
    values: picked,
    count: indices.length,
    width,
    ...(labels && { labels: Uint8Array.from(indices, (index) => labels[index] as number) }),
    ...(weights && { weights: Float64Array.from(indices, (index) => weights[index] as number) }),
  };
}

/** The greatest value, or 1 if that is not positive: there is nothing to scale by then. */
function greatest(parts: readonly Samples[]): number {
  let most = 0;
  for (const { values } of parts) {
    for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  }
  // An infinity or NaN is for `binarise` to refuse: it names the place.
  return most > 0 && most < Number.POSITIVE_INFINITY ? most : 1;
}

function isBinary({ values }: Samples): boolean {
  return values.every((value) => value === 0 || value === 1);
}
