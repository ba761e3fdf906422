/**
 * Elementary functions of four float32 numbers at a time. The error over the whole range is measured in
 * `src/functions.test.ts`, in units of the last place.
 */

/** 1.5 · 2^23: adding it rounds a small number to an integer, which then stands in the low bits. */
const MAGIC: f32 = 12582912.0;
/** Below this, `e^x` is less than the smallest normal float. */
const EXP_LOW: f32 = -87.33654;

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/**
 * `e^x` for `x` from −87.33 to 88.37; what lies outside is taken for the nearer end. Cody and Waite: `x = n log 2 + r`,
 * then a polynomial of degree 6 in `r`, |r| ≤ ½ log 2.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, splat(EXP_LOW)), splat(88.37));
  const shifted = f32x4.add(f32x4.mul(clamped, splat(1.4426950408889634)), splat(MAGIC));
  const n = f32x4.sub(shifted, splat(MAGIC));
  const r = f32x4.sub(f32x4.sub(clamped, f32x4.mul(n, splat(0.693359375))), f32x4.mul(n, splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(splat(1.9875691500e-4), r), splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), splat(1.0));
  // The low bits of `shifted` are n: moved into the exponent they multiply by 2^n.
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** `1 / (1 + e^−x)`. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1.0), f32x4.add(splat(1.0), exp(f32x4.neg(x))));
}

/**
 * `2^t` with a relative error of some 1e-7 |t|: good enough to draw by, and for sums over rows. `t` outside of −126 … 127 is
 * taken for the nearer end.
 */
// @ts-ignore: decorator
@inline
export function roughPowerOfTwo(t: v128): v128 {
  return powerOfTwoBy(
    t,
    splat(LEAST_POWER),
    splat(MOST_POWER),
    splat(MAGIC),
    splat(POWER_5),
    splat(POWER_4),
    splat(POWER_3),
    splat(POWER_2),
    splat(POWER_1),
    splat(1.0),
  );
}

const LEAST_POWER: f32 = -126.0;
const MOST_POWER: f32 = 127.0;
/** Coefficients of the polynomial for `2^f`, |f| ≤ ½. */
const POWER_5: f32 = 1.326472731307149e-3;
const POWER_4: f32 = 9.671512991189957e-3;
const POWER_3: f32 = 5.550733581185341e-2;
const POWER_2: f32 = 2.4022242426872253e-1;
const POWER_1: f32 = 6.931470036506653e-1;

/** Bytes that `storePowerConstants` writes. */
export const POWER_CONSTANTS: usize = 144;

/**
 * Writes the constants that `powerOfTwoBy` needs to memory. The engine's compiler makes a constant anew wherever it is used,
 * in loops too, with three instructions each; what was loaded before a loop it keeps.
 */
export function storePowerConstants(at: usize): void {
  v128.store(at, splat(LEAST_POWER));
  v128.store(at, splat(MOST_POWER), 16);
  v128.store(at, splat(MAGIC), 32);
  v128.store(at, splat(POWER_5), 48);
  v128.store(at, splat(POWER_4), 64);
  v128.store(at, splat(POWER_3), 80);
  v128.store(at, splat(POWER_2), 96);
  v128.store(at, splat(POWER_1), 112);
  v128.store(at, splat(1.0), 128);
}

/** `roughPowerOfTwo` with its constants, in the order of `storePowerConstants`. */
// @ts-ignore: decorator
@inline
export function powerOfTwoBy(
  t: v128,
  least: v128,
  most: v128,
  magic: v128,
  p5: v128,
  p4: v128,
  p3: v128,
  p2: v128,
  p1: v128,
  one: v128,
): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(t, least), most);
  const shifted = f32x4.add(clamped, magic);
  const f = f32x4.sub(clamped, f32x4.sub(shifted, magic));
  // In pairs of terms: processors wait for the longest chain of operations.
  const q = f32x4.mul(f, f);
  const high = f32x4.add(f32x4.mul(p5, f), p4);
  const middle = f32x4.add(f32x4.mul(p3, f), p2);
  const low = f32x4.add(f32x4.mul(p1, f), one);
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(high, q), middle), q), low);
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** `tanh x`: a polynomial near 0 (Cephes), and `(1 − e) / (1 + e)` with `e = e^−2|x|` elsewhere. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const a = f32x4.abs(x);
  const q = f32x4.mul(x, x);
  let p = f32x4.add(f32x4.mul(splat(-5.70498872745e-3), q), splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, q), splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, q), splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, q), splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, q), x), x);
  const e = exp(f32x4.mul(a, splat(-2.0)));
  const far = f32x4.div(f32x4.sub(splat(1.0), e), f32x4.add(splat(1.0), e));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(a, splat(0.625)));
}

/** `log x` for normal positive `x`. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // x = 2^n m with m from √½ to √2.
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const s = f32x4.div(f32x4.sub(m, splat(1.0)), f32x4.add(m, splat(1.0)));
  const q = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(splat(1.0 / 9.0), q), splat(1.0 / 7.0));
  p = f32x4.add(f32x4.mul(p, q), splat(1.0 / 5.0));
  p = f32x4.add(f32x4.mul(p, q), splat(1.0 / 3.0));
  const twice = f32x4.add(s, s);
  const fraction = f32x4.add(twice, f32x4.mul(twice, f32x4.mul(q, p)));
  return f32x4.add(f32x4.mul(n, splat(0.693359375)), f32x4.add(fraction, f32x4.mul(n, splat(-2.12194440e-4))));
}

/** `cos 2πt` for `t` from 0 to 1: whole quarter turns are taken off exactly. */
// @ts-ignore: decorator
@inline
export function cosTurns(t: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(t, splat(4.0)), splat(MAGIC));
  const quarters = f32x4.sub(shifted, splat(MAGIC));
  const r = f32x4.mul(f32x4.sub(f32x4.mul(t, splat(4.0)), quarters), splat(1.5707963267948966));
  const q = f32x4.mul(r, r);
  let s = f32x4.add(f32x4.mul(splat(-1.9515295891e-4), q), splat(8.3321608736e-3));
  s = f32x4.add(f32x4.mul(s, q), splat(-1.6666654611e-1));
  const sine = f32x4.add(r, f32x4.mul(r, f32x4.mul(q, s)));
  let c = f32x4.add(f32x4.mul(splat(2.443315711809948e-5), q), splat(-1.388731625493765e-3));
  c = f32x4.add(f32x4.mul(c, q), splat(4.166664568298827e-2));
  const cosine = f32x4.add(f32x4.sub(splat(1.0), f32x4.mul(q, splat(0.5))), f32x4.mul(f32x4.mul(q, q), c));
  // Quarter 0: cos, 1: −sin, 2: −cos, 3: sin.
  const odd = i32x4.shr_s(i32x4.shl(shifted, 31), 31);
  const negative = v128.and(i32x4.shl(i32x4.add(shifted, i32x4.splat(1)), 30), i32x4.splat(0x80000000));
  return v128.xor(v128.bitselect(sine, cosine, odd), negative);
}
