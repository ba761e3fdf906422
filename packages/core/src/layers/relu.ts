import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { erfcx } from '../numbers/error-function.js';
import type { Draws, Layer } from './layer.js';
import { type ScalarUnit, scalarLayer } from './scalar.js';

/** The same as for Gaussian units: far below any precision of data brought to the scale 1. */
const MINIMUM_PRECISION = 1e-6;

/** Mean of a featureless unit, the half-normal distribution of field 0 and precision 1. Its mean square is 1. */
const FEATURELESS_MEAN = Math.sqrt(2 / Math.PI);

/*
 * In units of 1/√γ everything depends on t = −z/√γ alone: s = √γ x has the density exp(−t s − ½ s²) / R(t) on s ≥ 0,
 * where R(t) = √(π/2) erfcx(t/√2) is Mills' ratio of the normal distribution and 1/R(t) its hazard.
 */
const reluUnit: ScalarUnit = {
  kind: 'relu',
  settings: {},
  states: null,
  uniforms: 1,
  field: 'field',
  minimumPrecision: MINIMUM_PRECISION,
  support: 'nonNegative',
  state: () => Number.NaN,
  base: () => 0,
  cgf: (z, precision) => {
    const t = -z / Math.sqrt(precision);
    // Where hardly a 1e-23 of the normal distribution is cut off, and erfcx would soon overflow.
    if (t < -10) return 0.5 * ((z * z) / precision + Math.log((2 * Math.PI) / precision));
    return Math.log(millsRatio(t)) - 0.5 * Math.log(precision);
  },
  mean: (z, precision) => standardMean(-z / Math.sqrt(precision)) / Math.sqrt(precision),
  variance: (z, precision) => standardVariance(-z / Math.sqrt(precision)) / precision,
  mode: (z, precision) => Math.max(0, z / precision),
  sample: (z, precision, draws: Draws, row, unit) =>
    standardQuantile(-z / Math.sqrt(precision), draws.uniform(row, unit, 0)) / Math.sqrt(precision),
  isState: (x) => Number.isFinite(x) && x >= 0,
  isMean: (x) => Number.isFinite(x) && x >= 0,
  fit: (mean, variance, featureless) => {
    const share = 1 - featureless;
    return greatestLikelihood(
      share * mean + featureless * FEATURELESS_MEAN,
      share * variance +
        featureless * (1 - FEATURELESS_MEAN ** 2) +
        share * featureless * (mean - FEATURELESS_MEAN) ** 2,
    );
  },
};

/**
 * Units that are real numbers, not negative: normal distributions cut off at 0. Their mean is a soft rectifier.
 *
 *     E(x) = Σ_i ½ γ_i x_i² − θ_i x_i   for x_i ≥ 0,   x_i | I ~ Normal((θ_i + I_i) / γ_i, 1 / γ_i) given x_i ≥ 0
 *     Γ(I) = ½ log(π / 2γ) + log erfcx(−(θ + I) / √(2γ))
 *
 * The precision γ is learned; inputs are not scaled by it. After Tubiana and Monasson 2017, "Emergence of compositional
 * representations in restricted Boltzmann machines"; the noisy rectifier of Nair and Hinton 2010 resembles them, but is
 * no conditional distribution of an energy.
 *
 * `fit` gives field and precision of greatest likelihood. Data whose variance is at least their squared mean have none:
 * their likelihood grows all the way as γ falls to 0, where the distribution is exponential. The precision then stays at
 * its minimum, with the best field for that precision, the one that gives the mean of the data.
 *
 * @param units How many.
 * @param options.field θ: `[units]`, 0 when absent.
 * @param options.precision γ: `[units]`, 1 when absent, at least 1e-6.
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function relu(
  units: number,
  options: { readonly field?: ArrayLike<number>; readonly precision?: ArrayLike<number> } = {},
): Layer {
  checkArguments('relu', options, { field: optional(kinds.numbers), precision: optional(kinds.numbers) });
  return scalarLayer(reluUnit, units, options);
}

/** `R(t) = ∫_0^∞ exp(−t s − ½ s²) ds`. */
function millsRatio(t: number): number {
  return Math.sqrt(Math.PI / 2) * erfcx(t * Math.SQRT1_2);
}

/**
 * From here on, mean and variance come from the continued fraction of Laplace (Abramowitz and Stegun 1964, 26.2.14),
 *
 *     R(t) = K_1,   K_n = 1 / (t + n K_{n+1}),
 *
 * in which nothing cancels: the mean is `1/R − t = K_2`, and the variance `1 − K_2 / R = K_2 (2 K_3 − K_2)`. Below, it
 * would need more terms, and the plain formulas lose little.
 */
const FRACTION_FROM = 2;

/** `K_3`. */
function fraction(t: number): number {
  // Enough terms for an error of 1e-15 in the variance; the last is the fixed point of the recurrence.
  const terms = Math.ceil(5 + 155 / t);
  let k = 2 / (t + Math.sqrt(t * t + 4 * terms));
  for (let n = terms - 1; n >= 3; n--) k = 1 / (t + n * k);
  return k;
}

/** The mean of `s`, which falls as `t` grows: near `−t` at one end, near `1 / t` at the other. */
function standardMean(t: number): number {
  return t < FRACTION_FROM ? 1 / millsRatio(t) - t : 1 / (t + 2 * fraction(t));
}

/** The variance of `s`: near 1 at one end, near `1 / t²` at the other. */
function standardVariance(t: number): number {
  if (t < FRACTION_FROM) {
    const hazard = 1 / millsRatio(t);
    return 1 - hazard * (hazard - t);
  }
  const third = fraction(t);
  const second = 1 / (t + 2 * third);
  return second * (2 * third - second);
}

/** The `s` below which there is the probability `u`, strictly between 0 and 1. Grows with `u`. */
function standardQuantile(t: number, u: number): number {
  if (t >= 0) return tailQuantile(t, -Math.log1p(-u));
  // A normal number y = s + t, given y ≥ t, from whichever tail of all normal numbers is the nearer.
  const cut = 0.5 * Math.exp(-0.5 * t * t) * erfcx(-t * Math.SQRT1_2);
  const below = cut + u * (1 - cut);
  const y = below < 0.5 ? -tailQuantile(0, -Math.log(2 * below)) : tailQuantile(0, -Math.log(2 * (1 - u) * (1 - cut)));
  return Math.max(0, y - t);
}

/** Newton's method takes four at most; this is to bound it whatever happens. */
const MOST_ITERATIONS = 8;

/**
 * For `t ≥ 0`, the `s` beyond which there is the probability `exp(−e)`: the root of the cumulative hazard
 * `t s + ½ s² + log(R(t) / R(t + s)) = e`. Its slope is the hazard `1/R(t + s)`, which grows with `s` at a rate below 1.
 * So Newton's method, from the root for the largest such rate, overshoots once and then comes down without fail.
 */
function tailQuantile(t: number, e: number): number {
  const start = millsRatio(t);
  const hazard = 1 / start;
  let s = (2 * e) / (hazard + Math.sqrt(hazard * hazard + 2 * e));
  for (let n = 0; n < MOST_ITERATIONS; n++) {
    const ratio = millsRatio(t + s);
    const step = ratio * (e - (t + 0.5 * s) * s - Math.log(start / ratio));
    s += step;
    // The next step would be about the square of this one.
    if (Math.abs(step) <= 1e-9 * s) break;
  }
  return Math.max(0, s);
}

/**
 * Field and precision of greatest likelihood for a mean and a variance. The ratio of variance to squared mean is a
 * function of `t` alone that grows from 0 to 1 (Barrow and Cohen 1954, "On some functions involving Mill's ratio",
 * Annals of Mathematical Statistics 25, 405–408): one equation for `t`, and then the mean gives the scale.
 */
function greatestLikelihood(mean: number, variance: number): readonly [field: number, precision: number] {
  // All the data are 0, and no finite field is the best.
  if (mean === 0) return [Number.NEGATIVE_INFINITY, MINIMUM_PRECISION];
  const relative = variance / mean ** 2;
  const relativeAt = (t: number): number => standardVariance(t) / standardMean(t) ** 2;
  const least = mean * Math.sqrt(MINIMUM_PRECISION);
  // −t < standardMean(t) < 1 / t.
  const last = crossing((t) => least - standardMean(t), -least, 1 / least);
  if (relativeAt(last) <= relative) return [-last * Math.sqrt(MINIMUM_PRECISION), MINIMUM_PRECISION];
  // So far from 0, nothing is cut off.
  const t = relative < 0.01 ? -1 / Math.sqrt(relative) : crossing((at) => relativeAt(at) - relative, -10, last);
  const root = standardMean(t) / mean;
  return [-t * root, root * root];
}

/** Where a growing function goes through 0 between two numbers, by bisection to the last bit. */
function crossing(f: (t: number) => number, low: number, high: number): number {
  let [below, above] = [low, high];
  for (;;) {
    const middle = (below + above) / 2;
    if (!(middle > below && middle < above)) return middle;
    if (f(middle) < 0) below = middle;
    else above = middle;
  }
}
