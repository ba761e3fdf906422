/**
 * What is done to a gradient before the rule of an optimizer: see `GradientSettings` of @rbm/core. Tile by tile, in place, so that
 * the rule finds the tile in the cache.
 */
import { splat } from './functions';
import { n, s, x } from './operands';
import {
  CENTRES,
  CLIP_SCALE,
  CLIP_VALUE,
  FIELDS_A,
  FIELDS_B,
  GRADIENT,
  L1,
  L2,
  LENGTH,
  OFFSETS_A,
  OFFSETS_B,
  PANELS,
  PARAMETERS,
  SLOPES,
  SQUARES,
  TILES,
} from '../src/update-operands';

/**
 * Penalties, centring and clipping of one tile, as the operands of its command say.
 *
 * @param panel Of weights: which 32 columns; `tile`: which 32 rows.
 */
// @ts-ignore: decorator
@inline
export function prepareTile(
  c: usize,
  parameters: usize,
  gradient: usize,
  bytes: usize,
  panel: u32,
  tile: u32,
): void {
  const l1 = s(c, L1);
  const l2 = s(c, L2);
  const slopes = n(c, SLOPES);
  if (l1 != 0 || l2 != 0 || slopes != 0) {
    penalise(parameters, gradient, bytes, l1, l2, slopes ? <usize>slopes + (<usize>panel << 7) : 0);
  }
  if (n(c, CENTRES)) {
    const row = <usize>tile << 7;
    const column = <usize>panel << 7;
    centreTile(
      gradient,
      <usize>n(c, FIELDS_A) + row,
      <usize>n(c, FIELDS_B) + column,
      <usize>n(c, OFFSETS_A) + row,
      <usize>n(c, OFFSETS_B) + column,
    );
  }
  const value = s(c, CLIP_VALUE);
  const scale = n(c, CLIP_SCALE);
  if (value != Infinity || scale) clip(gradient, bytes, value, scale ? load<f32>(scale) : 1);
}

/** `g ← g + l2 w + sign(w) l1`; with `slopes`, `[32]`, those instead of `l1` in each row of 32. */
export function penalise(parameters: usize, gradient: usize, bytes: usize, l1: f32, l2: f32, slopes: usize): void {
  const one = splat(l1);
  const two = splat(l2);
  const signs = i32x4.splat(0x80000000);
  for (let c: usize = 0; c < bytes; c += 16) {
    const w = v128.load(parameters + c);
    const slope = slopes ? v128.load(slopes + (c & 127)) : one;
    const signed = v128.and(v128.or(slope, v128.and(w, signs)), f32x4.ne(w, splat(0)));
    v128.store(gradient + c, f32x4.add(v128.load(gradient + c), f32x4.add(f32x4.mul(two, w), signed)));
  }
}

/** `∇w_ij ← ∇w_ij − μ_i ∇b_j − λ_j ∇a_i` in a tile; `a` and `mu` of its rows, `b` and `lambda` of its columns. */
export function centreTile(gradient: usize, a: usize, b: usize, mu: usize, lambda: usize): void {
  for (let i: usize = 0; i < 32; i++) {
    const row = gradient + (i << 7);
    const m = splat(load<f32>(mu + (i << 2)));
    const f = splat(load<f32>(a + (i << 2)));
    for (let c: usize = 0; c < 128; c += 16) {
      const shift = f32x4.add(f32x4.mul(m, v128.load(b + c)), f32x4.mul(v128.load(lambda + c), f));
      v128.store(row + c, f32x4.sub(v128.load(row + c), shift));
    }
  }
}

/** Brings numbers to between −value and value, and scales them. What is not a number stays so. */
export function clip(gradient: usize, bytes: usize, value: f32, scale: f32): void {
  const high = splat(value);
  const low = splat(-value);
  const factor = splat(scale);
  for (let c: usize = 0; c < bytes; c += 16) {
    const within = f32x4.pmax(f32x4.pmin(v128.load(gradient + c), high), low);
    v128.store(gradient + c, f32x4.mul(within, factor));
  }
}

/** The sum of squares, in float64. */
export function sumSquares(numbers: usize, bytes: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let c: usize = 0; c < bytes; c += 16) {
    const g = v128.load(numbers + c);
    const first = f64x2.promote_low_f32x4(g);
    const second = f64x2.promote_low_f32x4(i8x16.shuffle(g, g, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Prepares the gradient of weights, and writes each tile's sum of squares, `[panels · tiles]`. */
export function squareWeights(c: usize, thread: u32, threads: u32): void {
  const tiles = n(c, TILES);
  const items = n(c, PANELS) * tiles;
  const end = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < end; item++) {
    const at = <usize>item << 12;
    const gradient = <usize>n(c, GRADIENT) + at;
    prepareTile(c, <usize>n(c, PARAMETERS) + at, gradient, 4096, item / tiles, item % tiles);
    store<f64>(<usize>n(c, SQUARES) + (<usize>item << 3), sumSquares(gradient, 4096));
  }
}

/** Likewise of one row of parameters, in tiles of 1024 numbers. */
export function squareLayer(c: usize, thread: u32, threads: u32): void {
  const bytes = <usize>n(c, LENGTH) << 2;
  const items = <u32>((bytes + 4095) >>> 12);
  const end = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < end; item++) {
    const at = <usize>item << 12;
    const size = min<usize>(4096, bytes - at);
    const gradient = <usize>n(c, GRADIENT) + at;
    prepareTile(c, <usize>n(c, PARAMETERS) + at, gradient, size, 0, 0);
    store<f64>(<usize>n(c, SQUARES) + (<usize>item << 3), sumSquares(gradient, size));
  }
}

/** What a gradient is multiplied by so that its norm is at most `norm`: one float. */
export function clipScale(squares: usize, count: u32, norm: f64, out: usize, thread: u32): void {
  if (thread != 0) return;
  let sum: f64 = 0;
  for (let item: u32 = 0; item < count; item++) sum += load<f64>(squares + (<usize>item << 3));
  const length = Math.sqrt(sum);
  store<f32>(out, length <= norm ? 1 : <f32>(norm / length));
}

/** `l1 + factor Σ_i |w_ij|` for each column: what the penalties multiply the sign of its weights by, `[panels][32]`. */
export function groupSlopes(
  weights: usize,
  panels: u32,
  tiles: u32,
  l1: f32,
  factor: f32,
  out: usize,
  thread: u32,
  threads: u32,
): void {
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    for (let c: usize = 0; c < 128; c += 16) {
      let sum = splat(0);
      for (let tile: u32 = 0; tile < tiles; tile++) {
        const at = weights + (<usize>(panel * tiles + tile) << 12) + c;
        // Tile by tile, so that rounding does not add up along thousands of rows.
        let part = splat(0);
        for (let row: usize = 0; row < 4096; row += 128) part = f32x4.add(part, f32x4.abs(v128.load(at + row)));
        sum = f32x4.add(sum, part);
      }
      const slope = f32x4.add(splat(l1), f32x4.mul(splat(factor), sum));
      v128.store(out + (<usize>panel << 7) + c, slope);
    }
  }
}
