import type { Draws } from '@rbm/core/contracts';

/** The angle between successive points in each of several dimensions: powers of the root of `x^(d+1) = x + 1` (Roberts 2018). */
function steps(dimensions: number): number[] {
  let root = 2;
  for (let n = 0; n < 60; n++) root = (1 + root) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, d) => root ** -(d + 1) % 1);
}

/**
 * Draws that are known: row by row the points of a lattice that fills the unit cube evenly, a dimension for each of a unit's
 * draws. With one dimension row `n` of `N` gets the quantile `(n + ½) / N`. What is sampled from them has the distribution of the
 * sampler, without noise.
 */
export class KnownDraws implements Draws {
  readonly #rows: number;
  /** The dimension of each draw. */
  readonly #dimensions: ReadonlyMap<number, number>;
  readonly #steps: readonly number[];

  /** @param used The numbers of the draws that a unit makes. */
  constructor(rows: number, used: readonly number[]) {
    this.#rows = rows;
    this.#dimensions = new Map(used.map((draw, dimension) => [draw, dimension]));
    this.#steps = steps(used.length);
  }

  uniform(row: number, _unit: number, draw: number): number {
    const dimension = this.#dimensions.get(draw);
    if (dimension === undefined) throw new Error(`sample: draws ${draw}, which it did not for other inputs.`);
    if (this.#dimensions.size === 1) return (row + 0.5) / this.#rows;
    return (0.5 + (row + 1) * (this.#steps[dimension] as number)) % 1;
  }

  bernoulli(probability: number, row: number, unit: number, draw: number): 0 | 1 {
    return this.uniform(row, unit, draw) < probability ? 1 : 0;
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    row: number,
    unit: number,
    draw: number,
  ): number {
    const u = this.uniform(row, unit, draw);
    let below = 0;
    for (let k = 0; k < length - 1; k++) {
      below += probabilities[offset + k] as number;
      if (u < below) return k;
    }
    return length - 1;
  }

  normal(row: number, unit: number, draw: number): number {
    return normalQuantile(this.uniform(row, unit, draw));
  }
}

/** The quantile of the standard normal distribution, to 1e-9 of its size (Acklam 2003). */
export function normalQuantile(p: number): number {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (coefficients: readonly number[], x: number): number =>
    coefficients.reduce((sum, k) => sum * x + k, 0);
  const tail = (q: number): number => horner([...c, 2.938163982698783], q) / horner([...d, 1], q);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (q * horner([...a, 2.506628277459239], r)) / horner([...b, 1], r);
}
