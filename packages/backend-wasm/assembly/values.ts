/** Operations on the values of a layer, however they are stored: bits for 0 and 1, bits for −1 and 1, or floats. */
import { BINOMIAL, BITS, FLOATS, SIGNS } from '../src/opcodes';
import { fourLogWays, storeLogWays } from './binomial';
import { columnMask, laneMask } from './layout';
import { addTo, between, betaOf, clearFrom, hasPrecision, horizontal } from './scalar';
import { splat } from './functions';

/** Four values of a row of a panel, from column `c` on. `item`: panel · rows + row. */
// @ts-ignore: decorator
@inline
export function fourValues(values: usize, storage: u32, item: u32, c: u32, mask: u32): v128 {
  if (storage == FLOATS) return v128.load(values + (<usize>item << 7) + (<usize>c << 2));
  const on = laneMask(load<u32>(values + (<usize>item << 2)), c);
  if (storage == BITS) return v128.and(on, splat(1.0));
  return v128.and(v128.bitselect(splat(1.0), splat(-1.0), on), laneMask(mask, c));
}

/** Values as floats, each row times its scale, to rows `firstRow`, `firstRow + rowStep`, … of `out`: see `scalarExpected`. */
export function expand(
  storage: u32,
  rows: u32,
  columns: u32,
  values: usize,
  scale: f64,
  weights: usize,
  out: usize,
  outRows: u32,
  firstRow: u32,
  rowStep: u32,
  endRow: u32,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    const mask = columnMask(columns, panel);
    for (let row: u32 = 0; row < rows; row++) {
      const s = splat(<f32>(weights ? scale * load<f64>(weights + (<usize>row << 3)) : scale));
      const target = out + (<usize>(panel * outRows + firstRow + row * rowStep) << 7);
      for (let c: u32 = 0; c < 32; c += 4) {
        const x = fourValues(values, storage, panel * rows + row, c, mask);
        v128.store(target + (<usize>c << 2), f32x4.mul(s, x));
      }
    }
    clearFrom(out, panel, outRows, firstRow + rows * rowStep, rowStep, endRow);
  }
}

/** Adds `Σ_rows scale · (−∂E/∂θ)` to `gradient`: the values, and `−½ x²` for Gaussian and ReLU units. */
export function valueStatistics(
  kind: u32,
  storage: u32,
  rows: u32,
  columns: u32,
  values: usize,
  scale: f64,
  weights: usize,
  gradient: usize,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const precisionAt = <usize>panels << 7;
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    const mask = columnMask(columns, panel);
    if (storage != FLOATS && weights == 0) {
      bitStatistics(storage, rows, values + (<usize>(panel * rows) << 2), <f32>scale, mask, gradient + (<usize>panel << 7));
      continue;
    }
    for (let c: u32 = 0; c < 32; c += 4) {
      let sum = splat(0.0);
      let squares = splat(0.0);
      for (let row: u32 = 0; row < rows; row++) {
        const s = splat(<f32>(weights ? scale * load<f64>(weights + (<usize>row << 3)) : scale));
        const x = fourValues(values, storage, panel * rows + row, c, mask);
        sum = f32x4.add(sum, f32x4.mul(s, x));
        if (hasPrecision(kind)) squares = f32x4.add(squares, f32x4.mul(s, f32x4.mul(x, x)));
      }
      const own = (<usize>panel << 7) + (<usize>c << 2);
      addTo(gradient + own, sum);
      if (hasPrecision(kind)) addTo(gradient + precisionAt + own, f32x4.mul(splat(-0.5), squares));
    }
  }
}

/** Adds `scale` times the sum of a panel of bits over its rows to `gradient`: 32 counts, a byte each for up to 255 rows. */
function bitStatistics(storage: u32, rows: u32, bits: usize, scale: f32, mask: u32, gradient: usize): void {
  const places = i64x2.splat(0x8040201008040201);
  for (let row: u32 = 0; row < rows; ) {
    const count = min<u32>(255, rows - row);
    const end = row + count;
    let low = i8x16.splat(0);
    let high = i8x16.splat(0);
    for (; row < end; row++) {
      // Each byte of the word eight times, and of each copy another bit; what equals is −1.
      const word = v128.load32_splat(bits + (<usize>row << 2));
      const a = v128.and(v128.shuffle<i8>(word, word, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), places);
      const b = v128.and(v128.shuffle<i8>(word, word, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3), places);
      low = i8x16.sub(low, i8x16.eq(a, places));
      high = i8x16.sub(high, i8x16.eq(b, places));
    }
    addCounts(storage, i16x8.extend_low_i8x16_u(low), count, scale, mask, 0, gradient);
    addCounts(storage, i16x8.extend_high_i8x16_u(low), count, scale, mask, 8, gradient);
    addCounts(storage, i16x8.extend_low_i8x16_u(high), count, scale, mask, 16, gradient);
    addCounts(storage, i16x8.extend_high_i8x16_u(high), count, scale, mask, 24, gradient);
  }
}

/** Adds what eight counts of set bits among `rows` stand for, from column `c` on. */
function addCounts(storage: u32, counts: v128, rows: u32, scale: f32, mask: u32, c: u32, gradient: usize): void {
  const at = gradient + (<usize>c << 2);
  addCount(storage, i32x4.extend_low_i16x8_u(counts), rows, scale, laneMask(mask, c), at);
  addCount(storage, i32x4.extend_high_i16x8_u(counts), rows, scale, laneMask(mask, c + 4), at + 16);
}

// @ts-ignore: decorator
@inline
function addCount(storage: u32, count: v128, rows: u32, scale: f32, lanes: v128, at: usize): void {
  // Of bits for −1 and 1, those that are not set count −1.
  const sum = storage == SIGNS ? i32x4.sub(i32x4.add(count, count), i32x4.splat(rows)) : count;
  addTo(at, v128.and(f32x4.mul(splat(scale), f32x4.convert_i32x4_s(sum)), lanes));
}

/**
 * Adds `scale · E_θ(x)` of each row to `out`: `[rows]`, float64.
 *
 * @param scratch Room for 2,040 bytes, of this thread alone.
 */
export function valueEnergy(
  kind: u32,
  storage: u32,
  rows: u32,
  columns: u32,
  values: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  trials: u32,
  scratch: usize,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const precisionAt = <usize>panels << 7;
  const end = rows * (thread + 1) / threads;
  if (kind == BINOMIAL) storeLogWays(trials, scratch);
  for (let row = rows * thread / threads; row < end; row++) {
    const b = betaOf(betas, beta, row);
    const bv = splat(b);
    const rest = splat(1 - b);
    let total: f64 = 0;
    for (let panel: u32 = 0; panel < panels; panel++) {
      // Where all units of a panel are 0, as many are in images, there is nothing to add.
      if (storage == BITS && load<u32>(values + (<usize>(panel * rows + row) << 2)) == 0) continue;
      const mask = columnMask(columns, panel);
      let sum = splat(0.0);
      for (let c: u32 = 0; c < 32; c += 4) {
        const own = (<usize>panel << 7) + (<usize>c << 2);
        const x = fourValues(values, storage, panel * rows + row, c, mask);
        let field = between(base, theta, own, bv, rest);
        if (hasPrecision(kind)) {
          const precision = between(base, theta, precisionAt + own, bv, rest);
          field = f32x4.sub(field, f32x4.mul(f32x4.mul(splat(0.5), precision), x));
        }
        sum = f32x4.add(sum, f32x4.mul(field, x));
        if (kind == BINOMIAL) total += fourLogWays(x, scratch);
      }
      total += horizontal(sum);
    }
    const at = out + (<usize>row << 3);
    store<f64>(at, load<f64>(at) - scale * total);
  }
}

/** Adds `−scale β Σ_i x_i I_i` of each row to `out`: the energy of an interaction whose inputs were computed. */
export function productEnergy(
  storage: u32,
  rows: u32,
  columns: u32,
  values: usize,
  inputs: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    let total: f64 = 0;
    for (let panel: u32 = 0; panel < panels; panel++) {
      const mask = columnMask(columns, panel);
      const item = panel * rows + row;
      let sum = splat(0.0);
      for (let c: u32 = 0; c < 32; c += 4) {
        const received = v128.load(inputs + (<usize>item << 7) + (<usize>c << 2));
        sum = f32x4.add(sum, f32x4.mul(fourValues(values, storage, item, c, mask), received));
      }
      total += horizontal(sum);
    }
    const b = betas ? load<f64>(betas + (<usize>row << 3)) : beta;
    const at = out + (<usize>row << 3);
    store<f64>(at, load<f64>(at) - scale * b * total);
  }
}

/** Adds `scale β constant` to each row of `out`. */
export function constantEnergy(
  rows: u32,
  constant: f64,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  thread: u32,
  threads: u32,
): void {
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    const b = betas ? load<f64>(betas + (<usize>row << 3)) : beta;
    const at = out + (<usize>row << 3);
    store<f64>(at, load<f64>(at) + scale * b * constant);
  }
}
