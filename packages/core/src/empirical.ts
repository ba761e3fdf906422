import type { Samples } from './dataset.js';
import { RbmError } from './errors.js';

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
  return empirical(samples).probabilities.reduce((sum, p) => sum - p * Math.log(p), 0);
}
