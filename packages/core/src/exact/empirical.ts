import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { SampleArray, Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { countRows } from '../numbers/arrays.js';
import type { Generator } from '../random/generator.js';

/** The empirical distribution `P(x) = (1/N) Σ_n δ(x_n, x)` with equal samples merged. */
export interface Empirical {
  /** `[count, width]`: the distinct samples in the order of their first appearance. */
  readonly rows: Float64Array;
  /** `[count]`, sums to 1. */
  readonly probabilities: Float64Array;
  readonly count: number;
}

/**
 * The empirical distribution of some samples; weighted samples count by their weights.
 *
 * @throws RbmError `DATA_INVALID` without samples, or for a weight that is not positive; `SHAPE_MISMATCH` if the arrays contradict `count` and `width`.
 */
export function empirical(samples: Samples): Empirical {
  checkArgument('empirical', 'samples', samples, kinds.samples);
  const { values, count, width, weights } = samples;
  if (count < 1) throw new RbmError('DATA_INVALID', 'An empirical distribution needs at least one sample.');
  if (values.length !== count * width || (weights && weights.length !== count)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${count} samples of width ${width} need ${count * width} values${weights ? ` and ${count} weights` : ''}, ` +
        `not ${values.length}${weights ? ` and ${weights.length}` : ''}.`,
    );
  }
  const indices = new Map<string, number>();
  const firsts: number[] = [];
  const totals: number[] = [];
  let total = 0;
  for (let n = 0; n < count; n++) {
    const weight = weights ? (weights[n] as number) : 1;
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RbmError('DATA_INVALID', `Sample ${n} has weight ${weight}; weights are positive and finite.`);
    }
    const key = values.subarray(n * width, (n + 1) * width).join();
    const index = indices.get(key) ?? firsts.length;
    if (index === firsts.length) {
      indices.set(key, index);
      firsts.push(n);
      totals.push(0);
    }
    totals[index] = (totals[index] as number) + weight;
    total += weight;
  }
  const rows = new Float64Array(firsts.length * width);
  firsts.forEach((n, index) => {
    rows.set(values.subarray(n * width, (n + 1) * width), index * width);
  });
  return { rows, probabilities: Float64Array.from(totals, (t) => t / total), count: firsts.length };
}

/** The entropy `H = −Σ P log P` of the empirical distribution, in nats. @throws as `empirical`. */
export function entropy(samples: Samples): number {
  checkArgument('entropy', 'samples', samples, kinds.samples);
  return empirical(samples).probabilities.reduce((sum, p) => sum - p * Math.log(p), 0);
}

/**
 * `log P` of each row under the empirical distribution, in nats: `−∞` for what was never seen. That is why it does not
 * generalise: one unseen observation makes the likelihood of held-out data 0.
 *
 * @param values `[rows, width]`
 * @returns `[rows]`
 * @throws as `empirical`; `SHAPE_MISMATCH` for a length that is no multiple of the width.
 */
export function empiricalLogProbability(samples: Samples, values: SampleArray): Float64Array {
  checkArgument('empiricalLogProbability', 'samples', samples, kinds.samples);
  checkArgument('empiricalLogProbability', 'values', values, kinds.sampleArray);
  const { rows, probabilities, count } = empirical(samples);
  const { width } = samples;
  const key = (data: SampleArray, n: number): string => data.subarray(n * width, (n + 1) * width).join();
  const logs = new Map(Array.from({ length: count }, (_, n) => [key(rows, n), Math.log(probabilities[n] as number)]));
  return Float64Array.from({ length: countRows(values, width, 'A sample') }, (_, n) => {
    return logs.get(key(values, n)) ?? Number.NEGATIVE_INFINITY;
  });
}

/**
 * Samples of the empirical distribution: what was seen, as often as it was seen.
 *
 * @returns `[count, width]`
 * @throws as `empirical`.
 */
export function sampleEmpirical(samples: Samples, random: Generator, count: number): Float64Array {
  checkArgument('sampleEmpirical', 'samples', samples, kinds.samples);
  checkArgument('sampleEmpirical', 'random', random, kinds.generator);
  checkArgument('sampleEmpirical', 'count', count, kinds.count);
  const { rows, probabilities } = empirical(samples);
  const { width } = samples;
  const out = new Float64Array(count * width);
  for (let n = 0; n < count; n++) {
    const chosen = random.categorical(probabilities, 0, probabilities.length, n, 0, 0, 0);
    out.set(rows.subarray(chosen * width, (chosen + 1) * width), n * width);
  }
  return out;
}
