/**
 * Fails unless `|found − wanted| ≤ tolerance · (1 + |wanted|)`, number by number.
 *
 * @param what What is compared, and where, for the message.
 */
export function agree(what: string, found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  demand(found.length === wanted.length, `${what}: found ${found.length} numbers, wanted ${wanted.length}.`);
  for (let i = 0; i < found.length; i++) {
    const [f, w] = [found[i] as number, wanted[i] as number];
    // Written so that NaN fails; equal infinities are no agreement either.
    if (Math.abs(f - w) <= tolerance * (1 + Math.abs(w))) continue;
    throw new Error(`${what}: number ${i} is ${f}, wanted ${w} within ${tolerance} · (1 + |wanted|).`);
  }
}

/** Fails with a message unless a condition holds. */
export function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Fails unless all numbers are finite. */
export function demandFinite(what: string, found: ArrayLike<number>): void {
  for (let i = 0; i < found.length; i++) {
    demand(Number.isFinite(found[i]), `${what}: number ${i} is ${found[i]}, wanted a finite number.`);
  }
}

/**
 * Fails if the mean of independent residuals, whose expectation should be 0, is more than five of its standard errors
 * away from it.
 */
export function demandCentred(what: string, residuals: Float64Array): void {
  const count = residuals.length;
  const mean = residuals.reduce((sum, r) => sum + r, 0) / count;
  const variance = residuals.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (count - 1);
  // Rounding is all that is left where nothing varies.
  const allowed = 5 * Math.sqrt(variance / count) + 1e-9;
  demand(
    Math.abs(mean) <= allowed,
    `${what}: off by ${mean} on average over ${count} samples, wanted 0 within 5 standard errors, ${allowed}.`,
  );
}
