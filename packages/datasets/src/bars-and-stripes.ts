import { type Dataset, RbmError } from '@rbm/core';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';

/** Options of `barsAndStripes`. */
export interface BarsAndStripesOptions {
  /**
   * Which of the two usual distributions over the patterns:
   *
   * - `distinct` (the default): all distinct patterns are equally probable (as in Benedetti et al., "A generative
   *   modeling approach for benchmarking and training shallow quantum circuits", npj Quantum Information 5, 2019).
   *   Entropy `log(2^(n+1) − 2)`; log 30 at n = 4.
   * - `coin`: a fair coin chooses rows or columns, then each of the n lines is on with probability ½ (MacKay,
   *   "Information Theory, Inference, and Learning Algorithms", 2003, chapter 43). The all-off and the all-on pattern
   *   come about in both orientations and are twice as probable as any other. Entropy `(n + 1 − 2^(1−n)) log 2`;
   *   4.875 log 2 at n = 4.
   */
  readonly distribution?: 'distinct' | 'coin';
}

/** Every pattern of bars and stripes, with its exact probability. There is no held-out part. */
export interface BarsAndStripes extends Dataset {
  /** `[train.count]`, sums to 1: the probability of each pattern. */
  readonly probabilities: Float64Array;
  /** Entropy of that distribution in nats. */
  readonly entropy: number;
}

/** The largest n: 131,070 patterns of 256 pixels, 34 MB. */
const LARGEST = 16;

/**
 * Bars and stripes: all images of n × n binary pixels in which every row is all on or all off, or every column is. There
 * are `2^(n+1) − 2` distinct ones, and each is one sample of width n²: first the 2^n with uniform rows, row r being bit r
 * of the index, then those with uniform columns, without the all-off and the all-on image, which are there already.
 *
 * As training data the samples are exact rather than drawn: under `coin`, `train.weights` counts the two
 * special patterns double.
 *
 * @param n pixels on a side, 2 to 16
 * @throws RbmError `ARGUMENT_INVALID` if n is no integer of at least 2 or the distribution is unknown, `SIZE_LIMIT` if n
 *   is above 16
 */
export function barsAndStripes(n: number, options: BarsAndStripesOptions = {}): BarsAndStripes {
  checkArguments('barsAndStripes', options, { distribution: optional(kinds.text) });
  const { distribution = 'distinct' } = options;
  if (!Number.isInteger(n) || n < 2) {
    throw new RbmError('ARGUMENT_INVALID', `The side of bars and stripes must be an integer of at least 2, not ${n}.`);
  }
  if (n > LARGEST) {
    throw new RbmError(
      'SIZE_LIMIT',
      `Bars and stripes of side ${n} have 2^${n + 1} - 2 patterns; the side can be at most ${LARGEST}.`,
    );
  }
  if (distribution !== 'distinct' && distribution !== 'coin') {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `Unknown distribution ${JSON.stringify(distribution)} of bars and stripes; use distinct or coin.`,
    );
  }
  const allOn = 2 ** n - 1;
  const count = 2 * 2 ** n - 2;
  const width = n * n;
  const values = new Uint8Array(count * width);
  for (let lines = 0; lines <= allOn; lines++) {
    for (let pixel = 0; pixel < width; pixel++) values[lines * width + pixel] = (lines >> Math.floor(pixel / n)) & 1;
  }
  for (let lines = 1; lines < allOn; lines++) {
    const start = (allOn + lines) * width;
    for (let pixel = 0; pixel < width; pixel++) values[start + pixel] = (lines >> (pixel % n)) & 1;
  }
  const uniform = distribution === 'distinct';
  const weights = new Float64Array(count).fill(1);
  if (!uniform) {
    weights[0] = 2;
    weights[allOn] = 2;
  }
  const totalWeight = uniform ? count : 2 * 2 ** n;
  return {
    specVersion: 1,
    name: `bars-and-stripes-${n}x${n}`,
    train: uniform ? { values, count, width } : { values, count, width, weights },
    image: [n, n],
    preparation: { distribution },
    probabilities: weights.map((weight) => weight / totalWeight),
    entropy: uniform ? Math.log(count) : (n + 1 - 2 ** (1 - n)) * Math.LN2,
  };
}
