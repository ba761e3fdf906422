/**
 * The scaled complementary error function `erfcx(x) = exp(x²) erfc(x)`, to a few units in the last place for every
 * number. It falls from `+∞` (overflow, below −26.63) through 1 at 0 towards `1 / (x √π)`.
 *
 * Rational approximations in three intervals: W. J. Cody, "Rational Chebyshev approximations for the error function",
 * Mathematics of Computation 23 (1969) 631–637, with the coefficients of his routine CALERF.
 */
export function erfcx(x: number): number {
  if (x < -27) return Number.POSITIVE_INFINITY;
  const y = Math.abs(x);
  if (y <= 0.46875) return Math.exp(x * x) * (1 - x * ratio(small, x * x));
  const tail = y <= 4 ? ratio(medium, y) : (INVERSE_ROOT_PI - ratio(large, 1 / (y * y)) / (y * y)) / y;
  return x > 0 ? tail : 2 * expSquare(y) - tail;
}

/** Numerator and denominator of a rational function, the coefficient of the highest power first. */
interface Rational {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

const INVERSE_ROOT_PI = 0.5641895835477563;

/** `erf(x) / x` in `x²`, for |x| ≤ 0.46875. */
const small: Rational = {
  above: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  below: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};

/** `erfcx(x)` in `x`, for 0.46875 ≤ x ≤ 4. */
const medium: Rational = {
  above: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  below: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
};

/** `x² (1/√π − x erfcx(x))` in `1 / x²`, for x ≥ 4. */
const large: Rational = {
  above: [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  below: [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
};

/** Horner's rule above and below. */
function ratio({ above, below }: Rational, x: number): number {
  let numerator = 0;
  for (let i = 0; i < above.length; i++) numerator = numerator * x + (above[i] as number);
  let denominator = 0;
  for (let i = 0; i < below.length; i++) denominator = denominator * x + (below[i] as number);
  return numerator / denominator;
}

/** `exp(y²)`, with the rounding of `y²` put back: an exponent near 700 would lose three digits to it. */
function expSquare(y: number): number {
  const sixteenths = Math.trunc(y * 16) / 16;
  return Math.exp(sixteenths * sixteenths) * Math.exp((y - sixteenths) * (y + sixteenths));
}
