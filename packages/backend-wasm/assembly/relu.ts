/**
 * Units that are real numbers, not negative: normal distributions of mean `z / γ` and variance `1 / γ`, cut off at 0. In units of
 * `1 / √γ` all depends on `t = −z / √γ`: see `relu` of @rbm/core, whose formulas in float64 these are in float32.
 */
import { exp, log, splat } from './functions';

// Functions that are called from several places are not inlined: the package carries two modules, for one thread and for several.

const ROOT_TWO_PI: f32 = 2.5066282746310002;
/** From here on, moments come from the continued fraction; below, the plain formulas lose a digit at most. */
const FRACTION_FROM: f32 = 4.0;

/** Mills' ratio `R(t) = ∫_0^∞ exp(−t s − ½ s²) ds` for `t ≥ 0`, to 2e-7: `(1 + 2y) erfcx(y)` of `y = t / √2` is a polynomial in
 * `(y − 2) / (y + 2)` (Shepherd and Laframboise 1981), here of degree 10. */
export function ratio(t: v128): v128 {
  const y = f32x4.mul(t, splat(0.7071067811865476));
  const q = f32x4.div(f32x4.sub(y, splat(2.0)), f32x4.add(y, splat(2.0)));
  let p = f32x4.add(f32x4.mul(splat(1.608035817881576e-4), q), splat(-1.8365443729755938e-4));
  p = f32x4.add(f32x4.mul(p, q), splat(-1.3957069462743996e-3));
  p = f32x4.add(f32x4.mul(p, q), splat(1.043144581592326e-3));
  p = f32x4.add(f32x4.mul(p, q), splat(8.689159658309817e-3));
  p = f32x4.add(f32x4.mul(p, q), splat(-7.94272169904511e-3));
  p = f32x4.add(f32x4.mul(p, q), splat(-5.4211958494486664e-2));
  p = f32x4.add(f32x4.mul(p, q), splat(1.6403583960735507e-1));
  p = f32x4.add(f32x4.mul(p, q), splat(-1.660310956509443e-1));
  p = f32x4.add(f32x4.mul(p, q), splat(-9.276308204826576e-2));
  p = f32x4.add(f32x4.mul(p, q), splat(1.2769783913176502));
  const whole = f32x4.div(p, f32x4.add(splat(1.0), f32x4.add(y, y)));
  return f32x4.mul(whole, splat(1.2533141373155003));
}

/** `exp(−½ t²)`. */
// @ts-ignore: decorator
@inline
function bell(t: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(t, t), splat(-0.5)));
}

/** `R(−|t|) exp(−½ t²) = √(2π) − R(|t|) exp(−½ t²)`, which does not overflow. */
// @ts-ignore: decorator
@inline
function rest(ratioOfSize: v128, bellOf: v128): v128 {
  return f32x4.sub(splat(ROOT_TWO_PI), f32x4.mul(ratioOfSize, bellOf));
}

/** `K_3` of Laplace's continued fraction `K_n = 1 / (t + n K_{n+1})`, for t from `FRACTION_FROM`. */
export function fraction(t: v128): v128 {
  let k = f32x4.div(splat(2.0), f32x4.add(t, f32x4.sqrt(f32x4.add(f32x4.mul(t, t), splat(32.0)))));
  for (let n = 7; n >= 3; n--) k = f32x4.div(splat(1.0), f32x4.add(t, f32x4.mul(splat(<f32>n), k)));
  return k;
}

/** `K_2`, the mean in units of `1 / √γ`, where the fraction holds. */
// @ts-ignore: decorator
@inline
function fractionMean(t: v128, third: v128): v128 {
  return f32x4.div(splat(1.0), f32x4.add(t, f32x4.add(third, third)));
}

/** `1 / R(t) − t`. */
function plainMean(t: v128): v128 {
  const size = f32x4.abs(t);
  const r = ratio(size);
  const g = bell(t);
  const hazard = v128.bitselect(f32x4.div(splat(1.0), r), f32x4.div(g, rest(r, g)), f32x4.ge(t, splat(0.0)));
  return f32x4.sub(hazard, t);
}

/** `⟨x⟩`. */
export function reluMean(z: v128, precision: v128): v128 {
  const root = f32x4.sqrt(precision);
  const t = f32x4.neg(f32x4.div(z, root));
  const far = f32x4.ge(t, splat(FRACTION_FROM));
  return f32x4.div(v128.bitselect(fractionMean(t, fraction(t)), plainMean(t), far), root);
}

/** `⟨x²⟩`, of the mean: `(1 − t ⟨s⟩) / γ`, and `2 K_2 K_3 / γ` where that would cancel. */
export function reluSquare(z: v128, precision: v128, mean: v128): v128 {
  const root = f32x4.sqrt(precision);
  const t = f32x4.neg(f32x4.div(z, root));
  const s = f32x4.mul(mean, root);
  const plain = f32x4.sub(splat(1.0), f32x4.mul(t, s));
  const small = f32x4.mul(f32x4.add(s, s), fraction(t));
  return f32x4.div(v128.bitselect(small, plain, f32x4.ge(t, splat(FRACTION_FROM))), precision);
}

/** `Γ = log R(t) − ½ log γ`. */
export function reluCumulant(z: v128, precision: v128): v128 {
  const t = f32x4.neg(f32x4.div(z, f32x4.sqrt(precision)));
  const r = ratio(f32x4.abs(t));
  const square = f32x4.mul(splat(0.5), f32x4.mul(t, t));
  const below = f32x4.add(square, log(rest(r, bell(t))));
  const whole = v128.bitselect(log(r), below, f32x4.ge(t, splat(0.0)));
  return f32x4.sub(whole, f32x4.mul(splat(0.5), log(precision)));
}

/** A sample: the quantile at the uniform number `u`. */
export function reluSample(z: v128, precision: v128, u: v128): v128 {
  const root = f32x4.sqrt(precision);
  const t = f32x4.neg(f32x4.div(z, root));
  const positive = f32x4.ge(t, splat(0.0));
  const above = f32x4.sub(splat(1.0), u);
  // Below 0: a normal number y = s + t, given y ≥ t, from whichever tail of all normal numbers is the nearer.
  const cut = f32x4.mul(f32x4.mul(bell(t), ratio(f32x4.abs(t))), splat(1 / ROOT_TWO_PI));
  const kept = f32x4.sub(splat(1.0), cut);
  const share = f32x4.add(cut, f32x4.mul(u, kept));
  const lower = f32x4.lt(share, splat(0.5));
  const tail = v128.bitselect(share, f32x4.mul(above, kept), lower);
  const least = v128.bitselect(t, splat(0.0), positive);
  const s = tailQuantile(least, f32x4.neg(log(v128.bitselect(above, f32x4.add(tail, tail), positive))));
  const signed = v128.xor(s, v128.and(lower, i32x4.splat(0x80000000)));
  const x = v128.bitselect(s, f32x4.pmax(splat(0.0), f32x4.sub(signed, t)), positive);
  return f32x4.div(x, root);
}

/** For `t ≥ 0`, the `s` beyond which there is the probability `exp(−e)`: three of Newton's steps from above. */
function tailQuantile(t: v128, e: v128): v128 {
  const start = ratio(t);
  const logStart = log(start);
  const hazard = f32x4.div(splat(1.0), start);
  const twice = f32x4.add(e, e);
  let s = f32x4.div(twice, f32x4.add(hazard, f32x4.sqrt(f32x4.add(f32x4.mul(hazard, hazard), twice))));
  for (let n = 0; n < 3; n++) {
    const r = ratio(f32x4.add(t, s));
    const reached = f32x4.add(
      f32x4.mul(f32x4.add(t, f32x4.mul(splat(0.5), s)), s),
      f32x4.sub(logStart, log(r)),
    );
    s = f32x4.add(s, f32x4.mul(r, f32x4.sub(e, reached)));
  }
  return f32x4.pmax(splat(0.0), s);
}
