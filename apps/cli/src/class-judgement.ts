import { generator, type Samples } from '@rbm/core';
import { type Classifier, classBalance, classShares, trainClassifier } from '@rbm/train';
import type { FoundPartition } from './log-partition.js';

/** Classes of a model's samples beside those of the data. */
export interface ClassJudgement {
  /** Shares by label, by the same classifier: of the samples and of the training data. */
  readonly samples: readonly number[];
  readonly data: readonly number[];
  readonly totalVariation: number;
  /** What chance alone would make of it, were the samples independent. */
  readonly noiseFloor: number;
  /** How many samples were judged. */
  readonly count: number;
  /** Total variation between the samples of chains that started at data and of the others, where there are both. */
  readonly startsDiffer?: number;
  /** The share of held-out labels that the classifier finds; of training labels where nothing is held out. */
  readonly accuracy: number;
}

/** Judges samples by a classifier of the training data; nothing without samples, or where the data have no labels. */
export function judgeClasses(
  { samples: drawn, chains = 1, startedAtData = false }: Omit<FoundPartition, 'logPartition'>,
  train: Samples,
  test: Samples | undefined,
  seed: number,
): ClassJudgement | undefined {
  if (!drawn || !train.labels || new Set(train.labels).size < 2) return undefined;
  const classifier = trainClassifier({ samples: train, random: generator(seed).fork('classifier') });
  const { values } = drawn;
  const count = values.length / train.width;
  const samples = classShares(classifier, values, count);
  const data = classShares(classifier, train.values, train.count);
  return {
    samples: Array.from(samples.shares),
    data: Array.from(data.shares),
    ...classBalance(samples, data),
    count,
    ...(startedAtData ? { startsDiffer: differenceOfStarts(classifier, values, train.width, chains) } : {}),
    accuracy: classifier.accuracy(test?.labels ? test : train),
  };
}

/** Chains take turns in the samples; the first half of them started at data. */
function differenceOfStarts(classifier: Classifier, values: Float64Array, width: number, chains: number): number {
  const half = Math.floor(chains / 2);
  const atData: number[] = [];
  const others: number[] = [];
  for (let row = 0; row * width < values.length; row++) (row % chains < half ? atData : others).push(row);
  const sharesOf = (rows: readonly number[]) => {
    const part = new Float64Array(rows.length * width);
    rows.forEach((row, n) => {
      part.set(values.subarray(row * width, (row + 1) * width), n * width);
    });
    return classShares(classifier, part, rows.length);
  };
  return classBalance(sharesOf(atData), sharesOf(others)).totalVariation;
}
