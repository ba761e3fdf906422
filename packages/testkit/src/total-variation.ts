/** Mean and standard deviation of a statistic under pure sampling noise. */
export interface Noise {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** `½ Σ |p_i − q_i|`, half the L1 distance of two distributions. */
export function totalVariation(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.abs((p[i] as number) - (q[i] as number));
  return sum / 2;
}

/**
 * The total variation between a distribution and the histogram of `count` independent samples from it: its floor, and
 * how much it scatters.
 *
 * The mean is exact: each bin is binomial, whose mean absolute deviation de Moivre found (1730; Diaconis and Zabell
 * 1991, "Closed form summation for classical distributions"): `2 ν C(N, ν) p^ν (1 − p)^{N − ν + 1}`, `ν = ⌊N p⌋ + 1`.
 * So are the variances of the bins' absolute deviations; their covariances are those of a normal pair of the same
 * correlation `ρ`, `(2/π) σ σ′ (√(1 − ρ²) + ρ arcsin ρ − 1)`: good for the large bins, negligible between small ones.
 */
export function totalVariationNoise(probabilities: Float64Array, count: number): Noise {
  const means = probabilities.map((p) => meanAbsoluteDeviation(p, count) / count);
  const deviations = probabilities.map((p) => Math.sqrt((p * (1 - p)) / count));
  let variance = 0;
  for (let i = 0; i < means.length; i++) {
    variance += (deviations[i] as number) ** 2 - (means[i] as number) ** 2;
    for (let j = 0; j < i; j++) {
      const both = (deviations[i] as number) * (deviations[j] as number);
      if (both === 0) continue;
      const rho = Math.max(-1, (-(probabilities[i] as number) * (probabilities[j] as number)) / (count * both));
      const excess = Math.sqrt(1 - rho * rho) + rho * Math.asin(rho) - 1;
      variance += 2 * (2 / Math.PI) * both * excess;
    }
  }
  return { mean: means.reduce((sum, m) => sum + m, 0) / 2, standardDeviation: Math.sqrt(Math.max(variance, 0)) / 2 };
}

/** `E |X − N p|` of a binomial number. */
function meanAbsoluteDeviation(p: number, count: number): number {
  const nu = Math.floor(count * p) + 1;
  if (p <= 0 || nu > count) return 0;
  let logBinomial = 0;
  const shorter = Math.min(nu, count - nu);
  for (let k = 1; k <= shorter; k++) logBinomial += Math.log((count - shorter + k) / k);
  return 2 * nu * Math.exp(logBinomial + nu * Math.log(p) + (count - nu + 1) * Math.log1p(-p));
}
