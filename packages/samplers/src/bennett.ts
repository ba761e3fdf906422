import { logSumExp, RbmError, sigmoid } from '@rbm/core';

/** What samples of two neighbouring distributions say of the ratio of their partition functions. */
export interface Works {
  /** `[groups, length]`: `F_1(x) − F_0(x)` at samples `x` of distribution 0, in independent groups. */
  readonly forward: Float64Array;
  /** `[groups, length]`: the same at samples of distribution 1. */
  readonly backward: Float64Array;
}

/** A ratio of two partition functions. */
export interface Ratio {
  /** `log Z_1 − log Z_0`. */
  readonly value: number;
  /** `[groups]`: how far each group pulls the value, to first order. Sums to 0. */
  readonly influence: Float64Array;
}

/** Steps of Newton's method, bisection included: it needs about five. */
const MOST_STEPS = 200;
const TOLERANCE = 1e-12;

/**
 * Bennett's acceptance ratio (Bennett 1976; Shirts, Bair, Hooker and Pande 2003 for the same as a likelihood): the root
 * `d = log Z_0 − log Z_1` of
 *
 *     Σ_{x ~ 0} σ(d − w(x)) = Σ_{x ~ 1} σ(w(x) − d),   w = F_1 − F_0,
 *
 * for as many samples of either side. It is an M-estimator, so the error of a group of samples is its share of the sum over the
 * slope; independent groups give an error that includes the autocorrelation within them.
 *
 * @throws RbmError `NOT_FINITE` for works that are not finite.
 */
export function bennettRatio({ forward, backward }: Works, groups: number): Ratio {
  let { low, high } = range(forward, backward);
  if (!(Number.isFinite(low) && Number.isFinite(high))) {
    throw new RbmError('NOT_FINITE', 'A free energy of a tempered chain is not finite. Check the parameters.');
  }
  // Beyond these, every term of one side is 1 and every term of the other 0, up to exp(−40).
  low -= 40;
  high += 40;
  // The mean of the exponential averages of both directions is a good start.
  const ahead = -logSumExp(forward.map((w) => -w)) + Math.log(forward.length);
  const back = logSumExp(backward) - Math.log(backward.length);
  let d = Math.min(Math.max((ahead + back) / 2, low), high);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { excess, slope } = imbalance(forward, backward, d);
    if (excess > 0) high = d;
    else low = d;
    const newton = d - excess / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - d);
    d = next;
    if (moved <= TOLERANCE * Math.max(1, Math.abs(d))) break;
  }
  const { slope } = imbalance(forward, backward, d);
  const length = forward.length / groups;
  const influence = Float64Array.from({ length: groups }, (_, g) => {
    const [start, end] = [g * length, (g + 1) * length];
    return imbalance(forward.subarray(start, end), backward.subarray(start, end), d).excess / slope;
  });
  return { value: -d, influence };
}

/** The least and the largest work; NaN if one is. */
function range(...works: readonly Float64Array[]): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of works) {
    for (const w of list) {
      low = Math.min(low, w);
      high = Math.max(high, w);
    }
  }
  return { low, high };
}

/** The difference of both sides, which grows with `d`, and its derivative. */
function imbalance(forward: Float64Array, backward: Float64Array, d: number): { excess: number; slope: number } {
  let excess = 0;
  let slope = 0;
  for (const w of forward) {
    const p = sigmoid(d - w);
    excess += p;
    slope += p * (1 - p);
  }
  for (const w of backward) {
    const p = sigmoid(w - d);
    excess -= p;
    slope += p * (1 - p);
  }
  return { excess, slope: Math.max(slope, Number.MIN_VALUE) };
}

/** A value along a ladder and what each of its independent groups adds to the error. */
export interface LadderSum {
  /** `log Z` of the last rung less that of the first. */
  readonly value: number;
  /** Standard error of `value`, from the scatter of the groups: NaN for a single one. */
  readonly standardError: number;
}

/** The ratios along a ladder added up; errors of neighbouring ratios from the same groups are added before they are squared. */
export function sumRatios(ratios: readonly Ratio[]): LadderSum {
  const groups = (ratios[0] as Ratio).influence.length;
  let value = 0;
  const pull = new Float64Array(groups);
  for (const ratio of ratios) {
    value += ratio.value;
    ratio.influence.forEach((share, g) => {
      pull[g] = (pull[g] as number) + share;
    });
  }
  const sumOfSquares = pull.reduce((sum, share) => sum + share * share, 0);
  return { value, standardError: Math.sqrt((sumOfSquares * groups) / (groups - 1)) };
}
