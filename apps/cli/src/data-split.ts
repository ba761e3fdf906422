import type { Dataset, Samples } from '@rbm/core';
import { fromArray } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import type { DataArguments } from './data-options.js';
import { UsageError } from './usage-error.js';

/** Which share of the samples is held out, and by which seed: as `fromArray` takes it. */
export interface Split {
  readonly seed: number;
  readonly testFraction?: number;
}

/** The seed that decides which samples `--test-fraction` holds out. */
const SPLIT_SEED = 1;

/** The split that `--test-fraction` asks for, as `fromArray` expects it. */
export function splitOf(args: Pick<DataArguments, 'test-fraction'>): Split {
  const testFraction = args['test-fraction'];
  return { seed: SPLIT_SEED, ...(testFraction === undefined ? {} : { testFraction }) };
}

/**
 * The split for data with that hash: of data that a model was trained on, the one of the training, so that the same rows are
 * held out.
 *
 * @throws UsageError if the command line has another one.
 */
export function splitFor(args: DataArguments, sha256: string, details: ModelDetails | undefined): Split {
  if (details?.training?.sha256 !== sha256) return splitOf(args);
  const { testFraction = 0, splitSeed = SPLIT_SEED } = details.preparation ?? {};
  const asked = args['test-fraction'];
  if (asked !== undefined && asked !== testFraction) {
    throw new UsageError(
      `--test-fraction ${asked}: the model was trained on these data with a test fraction of ${testFraction}. ` +
        'Another split would judge rows that were trained on. Leave the option out.',
    );
  }
  return { seed: Number(splitSeed), ...(testFraction === 0 ? {} : { testFraction: Number(testFraction) }) };
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
export function limitAndSplit(
  dataset: Dataset,
  args: DataArguments,
  log: (line: string) => void,
  split: Split = splitOf(args),
): Dataset {
  const { name, test, image, preparation } = dataset;
  const train = firstRows(dataset.train, args);
  if (!split.testFraction) return { ...dataset, train };
  if (test && test !== dataset.train)
    log(`${name}: --test-fraction takes the place of its ${test.count} test samples, which are not used.`);
  // Not what a plugin's samples may have besides.
  const { values, count, width, labels, weights } = train;
  const samples = { values, count, width, ...(labels && { labels }), ...(weights && { weights }) };
  const parts = fromArray({ name, ...samples, ...split });
  const { testFraction, splitSeed } = parts.preparation as { testFraction: number; splitSeed: number };
  return { ...parts, ...(image && { image }), preparation: { ...preparation, testFraction, splitSeed } };
}
