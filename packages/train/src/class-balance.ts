import { RbmError, type SampleArray } from '@rbm/core';
import { type ArgumentKind, checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';
import { type Classifier, classifierKind } from './classifier.js';

/** How often each class is found among some samples. */
export interface ClassShares {
  /** `[classes]`, sums to 1. */
  readonly shares: Float64Array;
  /** How many samples were judged. */
  readonly count: number;
}

const sharesKind: ArgumentKind = {
  noun: 'shares of classes',
  example: 'classShares(classifier, values, count)',
  is: (value) => kinds.record.is(value) && 'shares' in (value as object),
};

/** Classes of samples beside those of the data. */
export interface ClassBalance {
  /** `½ Σ_c |share_c − dataShare_c|`: 0 for samples as balanced as the data, up to 1. */
  readonly totalVariation: number;
  /** What `totalVariation` would be on average for as many independent samples of the data. */
  readonly noiseFloor: number;
}

/**
 * The shares of the classes that a classifier finds among samples.
 *
 * @param values `[count, width]`.
 * @throws RbmError `SHAPE_MISMATCH`.
 */
export function classShares(classifier: Classifier, values: SampleArray, count: number): ClassShares {
  checkArgument('classShares', 'classifier', classifier, classifierKind);
  checkArgument('classShares', 'values', values, kinds.sampleArray);
  if (values.length !== count * classifier.width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${count} samples of width ${classifier.width} need ${count * classifier.width} numbers, not ${values.length}.`,
    );
  }
  const shares = new Float64Array(classifier.classes);
  for (const label of classifier.classify(values, count)) shares[label] = (shares[label] as number) + 1 / count;
  return { shares, count };
}

/**
 * Whether a model gives its modes the weights that the data give them. A likelihood hardly notices: a mode with the wrong weight
 * costs at most the log of the number of modes. One classifier judges both sides, so that its own errors cancel in part.
 */
export function classBalance(samples: ClassShares, data: ClassShares): ClassBalance {
  checkArgument('classBalance', 'samples', samples, sharesKind);
  checkArgument('classBalance', 'data', data, sharesKind);
  const { shares } = data;
  const totalVariation = samples.shares.reduce((sum, p, c) => sum + Math.abs(p - (shares[c] as number)) / 2, 0);
  // Each difference of two independent shares is about normal, and E|x| = σ √(2/π).
  const factor = Math.sqrt((2 / Math.PI) * (1 / samples.count + 1 / data.count)) / 2;
  const noiseFloor = shares.reduce((sum, p) => sum + factor * Math.sqrt(p * (1 - p)), 0);
  return { totalVariation, noiseFloor };
}
