import type { Dataset, Samples } from '@rbm/core';
import { fromArray } from '@rbm/datasets';
import type { DataArguments } from './data-options.js';
import { UsageError } from './usage-error.js';

/** The seed that decides which samples `--test-fraction` holds out. */
const SPLIT_SEED = 1;

/** What `fromArray` takes for `--test-fraction`. */
export function splitOf(args: DataArguments): { seed: number; testFraction?: number } {
  const testFraction = args['test-fraction'];
  return { seed: SPLIT_SEED, ...(testFraction === undefined ? {} : { testFraction }) };
}

/** The rows that `--limit` leaves, sharing memory with `samples`. @throws UsageError if there are fewer. */
export function firstRows<T extends Samples>(samples: T, { limit, data }: DataArguments): T {
  const { values, count, width, labels, weights } = samples;
  if (limit === undefined || limit === count) return samples;
  if (limit > count) throw new UsageError(`--limit ${limit}: ${data} has ${count} samples. Use at most so many.`);
  return {
    ...samples,
    values: values.subarray(0, limit * width),
    count: limit,
    ...(labels && { labels: labels.subarray(0, limit) }),
    ...(weights && { weights: weights.subarray(0, limit) }),
  };
}

/**
 * A data set with its first `--limit` training samples, of which `--test-fraction` are held out in place of a test part that
 * it has.
 *
 * @throws UsageError for a limit beyond the samples; RbmError as `fromArray`
 */
export function limitAndSplit(dataset: Dataset, args: DataArguments, log: (line: string) => void): Dataset {
  const { name, test, image, preparation } = dataset;
  const train = firstRows(dataset.train, args);
  const split = splitOf(args);
  if (!split.testFraction) return { ...dataset, train };
  if (test && test !== dataset.train)
    log(`${name}: --test-fraction takes the place of its ${test.count} test samples, which are not used.`);
  const parts = fromArray({ name, ...train, ...split });
  const { testFraction, splitSeed } = parts.preparation as { testFraction: number; splitSeed: number };
  return { ...parts, ...(image && { image }), preparation: { ...preparation, testFraction, splitSeed } };
}
