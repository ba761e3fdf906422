/** Units that count the successes of n trials. All but samples and the number of ways is that of a Bernoulli unit, n times. */
import { log, splat } from './functions';

/** Writes `log C(n, k)` for `k` from 0 to `n`, float64: 2,040 bytes at most. The largest number of ways, of 254 trials, is 1e76. */
export function storeLogWays(trials: u32, at: usize): void {
  let ways: f64 = 1;
  store<f64>(at, 0);
  for (let k: u32 = 1; k <= trials; k++) {
    ways *= <f64>(trials - k + 1) / <f64>k;
    store<f64>(at + (<usize>k << 3), logOf(ways));
  }
}

/** `log x` of one float64, at least 1, to float32's precision. */
function logOf(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const exponent = <f64>(<i32>(bits >> 52) - 1023);
  const fraction = <f32>reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  return exponent * 0.6931471805599453 + <f64>f32x4.extract_lane(log(splat(fraction)), 0);
}

/** The sum of `log C(n, x)` of four values, from the table of `storeLogWays`. Values between states count as the nearest. */
// @ts-ignore: decorator
@inline
export function fourLogWays(x: v128, table: usize): f64 {
  const k = i32x4.shl(i32x4.trunc_sat_f32x4_s(f32x4.nearest(x)), 3);
  return (
    load<f64>(table + <usize>i32x4.extract_lane(k, 0)) +
    load<f64>(table + <usize>i32x4.extract_lane(k, 1)) +
    load<f64>(table + <usize>i32x4.extract_lane(k, 2)) +
    load<f64>(table + <usize>i32x4.extract_lane(k, 3))
  );
}
