/**
 * Units in one of q categories, as q numbers. Panels know nothing of units, so a row is gathered, worked on, and put
 * back. `scratch` is room for a row of numbers, filled up to a multiple of 4, of this thread alone.
 */
import { exp, log, splat } from './functions';
import { prepare, words } from './philox';
import { addTo, between, betaOf, clearFrom } from './scalar';

/** Fills `scratch` with `z = θ_β + β I` of a row, or `θ_β + I` where inputs are `mixed`: see `scalar.ts`. */
function gather(
  columns: u32,
  rows: u32,
  row: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  b: f32,
  mixed: u32,
  scratch: usize,
): void {
  const panels = (columns + 31) >>> 5;
  const bv = splat(b);
  const rest = splat(1 - b);
  const factor = mixed ? splat(1) : bv;
  for (let panel: u32 = 0; panel < panels; panel++) {
    const from = inputs + (<usize>(panel * rows + row) << 7);
    for (let c: usize = 0; c < 128; c += 16) {
      const own = (<usize>panel << 7) + c;
      v128.store(scratch + own, f32x4.add(between(base, theta, own, bv, rest), f32x4.mul(factor, v128.load(from + c))));
    }
  }
}

/** Turns the `z` of a row into `e^(z − largest of the unit)`. @returns The sum of the units' largest. */
function exponentials(columns: u32, q: u32, scratch: usize): f64 {
  let total: f64 = 0;
  for (let start: u32 = 0; start < columns; start += q) {
    const from = scratch + (<usize>start << 2);
    let largest: f32 = load<f32>(from);
    for (let k: u32 = 1; k < q; k++) largest = max(largest, load<f32>(from + (<usize>k << 2)));
    for (let k: u32 = 0; k < q; k++) {
      const at = from + (<usize>k << 2);
      store<f32>(at, load<f32>(at) - largest);
    }
    total += largest;
  }
  for (let c: usize = 0; c < <usize>columns << 2; c += 16) v128.store(scratch + c, exp(v128.load(scratch + c)));
  return total;
}

// @ts-ignore: decorator
@inline
function sumOf(from: usize, q: u32): f32 {
  let sum: f32 = 0;
  for (let k: u32 = 0; k < q; k++) sum += load<f32>(from + (<usize>k << 2));
  return sum;
}

/** Probabilities of the categories. `out`: `[panels][rows][32]`. */
export function pottsMean(
  rows: u32,
  columns: u32,
  q: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scratch: usize,
  mixed: u32,
  thread: u32,
  threads: u32,
): void {
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    gather(columns, rows, row, inputs, theta, base, betaOf(betas, beta, row), mixed, scratch);
    exponentials(columns, q, scratch);
    normalise(columns, q, 1, scratch);
    scatter(columns, rows, row, scratch, out);
  }
}

/** Divides the numbers of each unit by their sum, times `scale`. */
function normalise(columns: u32, q: u32, scale: f32, scratch: usize): void {
  for (let start: u32 = 0; start < columns; start += q) {
    const from = scratch + (<usize>start << 2);
    const factor = scale / sumOf(from, q);
    for (let k: u32 = 0; k < q; k++) {
      const at = from + (<usize>k << 2);
      store<f32>(at, load<f32>(at) * factor);
    }
  }
}

/** Puts a row into panels of `rows` rows, filled up with zeros. */
function scatter(columns: u32, rows: u32, row: u32, scratch: usize, out: usize): void {
  const panels = (columns + 31) >>> 5;
  memory.fill(scratch + (<usize>columns << 2), 0, <usize>((panels << 5) - columns) << 2);
  for (let panel: u32 = 0; panel < panels; panel++) {
    memory.copy(out + (<usize>(panel * rows + row) << 7), scratch + (<usize>panel << 7), 128);
  }
}

/** A sample of each unit, as bits, by inversion of the cumulative sums in order. `scratch`: 128 bytes more than a row. */
export function pottsSample(
  rows: u32,
  columns: u32,
  q: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  key0: u32,
  key1: u32,
  step: f64,
  firstChain: u32,
  firstUnit: u32,
  scratch: usize,
  mixed: u32,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const drawn = scratch;
  const prepared = scratch + 64;
  const numbers = scratch + 128;
  const stepLow = <u32>(<u64>step & 0xffffffff);
  const stepHigh = <u32>(<u64>step >> 32);
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    gather(columns, rows, row, inputs, theta, base, betaOf(betas, beta, row), mixed, numbers);
    exponentials(columns, q, numbers);
    for (let panel: u32 = 0; panel < panels; panel++) store<u32>(out + (<usize>(panel * rows + row) << 2), 0);
    let known: u32 = 0xffffffff; // The first block of four that `drawn` holds.
    for (let start: u32 = 0, unit = firstUnit; start < columns; start += q, unit++) {
      const group = unit >>> 4;
      if (group != known) {
        prepare(group << 2, 4, stepLow, stepHigh, key0, key1, prepared);
        words(4, firstChain + row, stepLow, key0, key1, prepared, drawn);
        known = group;
      }
      const word = load<u32>(drawn + (<usize>(unit & 15) << 2));
      const u = (<f32>(word >>> 9) + 0.5) * <f32>1.1920928955078125e-7;
      const from = numbers + (<usize>start << 2);
      const threshold = u * sumOf(from, q);
      let cumulative: f32 = 0;
      let chosen: u32 = 0;
      for (; chosen < q - 1; chosen++) {
        cumulative += load<f32>(from + (<usize>chosen << 2));
        if (threshold < cumulative) break;
      }
      const column = start + chosen;
      const at = out + (<usize>((column >>> 5) * rows + row) << 2);
      store<u32>(at, load<u32>(at) | (1 << (column & 31)));
    }
  }
}

/** Adds `−scale Σ_i Γ_i` of each row to `out`: `[rows]`, float64. */
export function pottsCumulants(
  rows: u32,
  columns: u32,
  q: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  scratch: usize,
  mixed: u32,
  thread: u32,
  threads: u32,
): void {
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    gather(columns, rows, row, inputs, theta, base, betaOf(betas, beta, row), mixed, scratch);
    let total = exponentials(columns, q, scratch);
    for (let start: u32 = 0; start < columns; start += q) {
      total += logSum(sumOf(scratch + (<usize>start << 2), q));
    }
    const at = out + (<usize>row << 3);
    store<f64>(at, load<f64>(at) - scale * total);
  }
}

// @ts-ignore: decorator
@inline
function logSum(sum: f32): f64 {
  return <f64>f32x4.extract_lane(log(splat(sum)), 0);
}

/** Expected statistics of a layer that is summed out, as `scalarExpected`, but adds nothing to a gradient. */
export function pottsExpected(
  rows: u32,
  columns: u32,
  q: u32,
  inputs: usize,
  theta: usize,
  scale: f64,
  weights: usize,
  out: usize,
  outRows: u32,
  firstRow: u32,
  rowStep: u32,
  endRow: u32,
  scratch: usize,
  thread: u32,
  threads: u32,
): void {
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    const s = <f32>(weights ? scale * load<f64>(weights + (<usize>row << 3)) : scale);
    gather(columns, rows, row, inputs, theta, theta, 1, 0, scratch);
    exponentials(columns, q, scratch);
    normalise(columns, q, s, scratch);
    scatter(columns, outRows, firstRow + row * rowStep, scratch, out);
  }
  if (thread != 0) return;
  const panels = (columns + 31) >>> 5;
  for (let panel: u32 = 0; panel < panels; panel++) {
    clearFrom(out, panel, outRows, firstRow + rows * rowStep, rowStep, endRow);
  }
}

/** Adds the sum of rows `firstRow`, `firstRow + rowStep`, … of `sourceRows` to `gradient`: `[panels][32]`. */
export function addRows(
  rows: u32,
  columns: u32,
  source: usize,
  sourceRows: u32,
  firstRow: u32,
  rowStep: u32,
  gradient: usize,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    for (let c: usize = 0; c < 128; c += 16) {
      let sum = splat(0.0);
      const from = source + (<usize>(panel * sourceRows + firstRow) << 7) + c;
      for (let row: u32 = 0; row < rows; row++) sum = f32x4.add(sum, v128.load(from + (<usize>(row * rowStep) << 7)));
      addTo(gradient + (<usize>panel << 7) + c, sum);
    }
  }
}
