/** Operations on rows of buffers: exchange, clamping, inputs at an inverse temperature of each row, Metropolis decisions. */
import { FLOATS } from '../src/opcodes';
import { exp, splat } from './functions';
import { laneMask } from './layout';
import { prepare, uniforms, words } from './philox';
import { betaOf } from './scalar';

/**
 * Exchanges `a[pairs[2k]]` with `b[pairs[2k + 1]]` where `accepted[k]` is not 0. Buffers are `[panels][rows][bytes]`, and no row
 * stands in two pairs.
 */
export function exchangeRows(
  a: usize,
  rowsA: u32,
  b: usize,
  rowsB: u32,
  panels: u32,
  bytes: u32,
  pairs: usize,
  count: u32,
  accepted: usize,
  thread: u32,
  threads: u32,
): void {
  const end = <u32>(<u64>panels * (thread + 1) / threads);
  for (let panel = <u32>(<u64>panels * thread / threads); panel < end; panel++) {
    for (let k: u32 = 0; k < count; k++) {
      if (load<f64>(accepted + (<usize>k << 3)) == 0) continue;
      const pair = pairs + (<usize>k << 3);
      const first = a + <usize>(panel * rowsA + load<u32>(pair)) * bytes;
      const second = b + <usize>(panel * rowsB + load<u32>(pair, 4)) * bytes;
      for (let at: usize = 0; at < bytes; at += 4) {
        const kept = load<u32>(first + at);
        store<u32>(first + at, load<u32>(second + at));
        store<u32>(second + at, kept);
      }
    }
  }
}

/**
 * Copies new values to `out` where a unit is not clamped.
 *
 * @param mask Bits `[panels][maskRows]`, set where a unit keeps its value; `maskRows` is `rows`, or 1 for all.
 */
export function mergeRows(
  storage: u32,
  rows: u32,
  columns: u32,
  fresh: usize,
  mask: usize,
  maskRows: u32,
  out: usize,
  thread: u32,
  threads: u32,
): void {
  const items = ((columns + 31) >>> 5) * rows;
  const end = <u32>(<u64>items * (thread + 1) / threads);
  for (let item = <u32>(<u64>items * thread / threads); item < end; item++) {
    const clamped = load<u32>(mask + (<usize>(maskRows == 1 ? item / rows : item) << 2));
    if (storage != FLOATS) {
      const at = <usize>item << 2;
      store<u32>(out + at, (load<u32>(out + at) & clamped) | (load<u32>(fresh + at) & ~clamped));
      continue;
    }
    for (let c: u32 = 0; c < 32; c += 4) {
      const at = (<usize>item << 7) + (<usize>c << 2);
      v128.store(out + at, v128.bitselect(v128.load(out + at), v128.load(fresh + at), laneMask(clamped, c)));
    }
  }
}

/** `out ← (1 − β) base + β inputs`, with the β of each row. All are `[panels][rows][32]`. */
export function mixInputs(
  rows: u32,
  panels: u32,
  inputs: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  thread: u32,
  threads: u32,
): void {
  const items = panels * rows;
  const end = <u32>(<u64>items * (thread + 1) / threads);
  for (let item = <u32>(<u64>items * thread / threads); item < end; item++) {
    const b = betaOf(betas, beta, item % rows);
    const bv = splat(b);
    const rest = splat(1 - b);
    const first = <usize>item << 7;
    for (let at = first; at < first + 128; at += 16) {
      v128.store(out + at, f32x4.add(f32x4.mul(rest, v128.load(base + at)), f32x4.mul(bv, v128.load(inputs + at))));
    }
  }
}

/** `out ← out + scale · source`, float64. */
export function addNumbers(count: u32, source: usize, scale: f64, out: usize, thread: u32, threads: u32): void {
  const end = <u32>(<u64>count * (thread + 1) / threads);
  for (let k = <u32>(<u64>count * thread / threads); k < end; k++) {
    const at = out + (<usize>k << 3);
    store<f64>(at, load<f64>(at) + scale * load<f64>(source + (<usize>k << 3)));
  }
}

/** Turns log ratios into decisions, in place: 1 where the uniform of the row is below the ratio, else 0. */
export function metropolis(
  count: u32,
  ratios: usize,
  key0: u32,
  key1: u32,
  step: f64,
  firstChain: u32,
  scratch: usize,
  thread: u32,
  threads: u32,
): void {
  const stepLow = <u32>(<u64>step & 0xffffffff);
  const drawn = scratch + 256;
  prepare(0, 1, stepLow, <u32>(<u64>step >> 32), key0, key1, scratch);
  const end = <u32>(<u64>count * (thread + 1) / threads);
  for (let k = <u32>(<u64>count * thread / threads); k < end; k++) {
    words(1, firstChain + k, stepLow, key0, key1, scratch, drawn);
    const u = f32x4.extract_lane(uniforms(v128.load(drawn)), 0);
    const at = ratios + (<usize>k << 3);
    // The compiler's own exponential needs a table in memory where the words of the pool are. What is not a number is not above u.
    const ratio = f32x4.extract_lane(exp(splat(<f32>min<f64>(load<f64>(at), 0))), 0);
    store<f64>(at, u < ratio ? 1 : 0);
  }
}
