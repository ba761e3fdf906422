/**
 * Interactions as a graph: for each number of the model, the others it is coupled to. Numbers are counted through the
 * panels of all layers, one after the other. Four rows are worked on at once, one a lane.
 *
 * A *table* describes each panel in ten 32-bit words: where its values are (0: none, taken for zeros), how they are
 * stored, how many columns count, where its parameters and those of the base are, the number of its first unit, its kind, where
 * the bits of its clamped units are (0: none) and of how many rows: all, or one for all.
 */
import { BITS, FLOATS, SPIN } from '../src/opcodes';
import { log, splat } from './functions';
import { prepare, uniforms, words } from './philox';
import { horizontal } from './scalar';

const VALUES = 0;
const STORAGE = 4;
const COLUMNS = 8;
const THETA = 12;
const BASE = 16;
const FIRST_UNIT = 20;
const KIND = 24;
const MASK = 28;
const MASK_ROWS = 32;
const ENTRY: usize = 40;

/** `weights[k] ← parameters[positions[k]]`. */
export function gatherWeights(
  positions: usize,
  count: u32,
  parameters: usize,
  weights: usize,
  thread: u32,
  threads: u32,
): void {
  const end = <u32>(<u64>count * (thread + 1) / threads);
  for (let k = <u32>(<u64>count * thread / threads); k < end; k++) {
    const at = parameters + (<usize>load<u32>(positions + (<usize>k << 2)) << 2);
    store<f32>(weights + (<usize>k << 2), load<f32>(at));
  }
}

/** The value of a number in a row. */
// @ts-ignore: decorator
@inline
function valueOf(entry: usize, row: u32, column: u32): f32 {
  const values = <usize>load<u32>(entry, VALUES);
  const storage = load<u32>(entry, STORAGE);
  if (storage == FLOATS) return load<f32>(values + (<usize>row << 7) + (<usize>column << 2));
  const on = (load<u32>(values + (<usize>row << 2)) >>> column) & 1;
  return storage == BITS ? <f32>on : on ? <f32>1 : <f32>-1;
}

/** Four rows from `row` on, those from `rows` on as zeros: `out` `[numbers][4]`. */
function gatherRows(table: usize, panels: u32, row: u32, rows: u32, out: usize): void {
  const lanes = min<u32>(4, rows - row);
  for (let panel: u32 = 0; panel < panels; panel++) {
    const entry = table + <usize>panel * ENTRY;
    const target = out + (<usize>panel << 9);
    memory.fill(target, 0, 512);
    if (load<u32>(entry, VALUES) == 0) continue;
    const columns = load<u32>(entry, COLUMNS);
    for (let lane: u32 = 0; lane < lanes; lane++) {
      for (let c: u32 = 0; c < columns; c++) {
        store<f32>(target + (<usize>c << 4) + (<usize>lane << 2), valueOf(entry, row + lane, c));
      }
    }
  }
}

/** What the neighbours of a number send to it. `values`: `[numbers][4]`. */
// @ts-ignore: decorator
@inline
function received(start: usize, other: usize, weights: usize, number: u32, values: usize): v128 {
  let k = load<u32>(start + (<usize>number << 2));
  const end = load<u32>(start + (<usize>number << 2), 4);
  let sum = splat(0);
  for (; k < end; k++) {
    const x = v128.load(values + (<usize>load<u32>(other + (<usize>k << 2)) << 4));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>k << 2)), x));
  }
  return sum;
}

/**
 * The inputs of a layer, from panel `firstPanel` on, `columns` numbers: `out` `[panels][rows][32]`.
 *
 * @param room Four rows of numbers, of this thread alone.
 */
export function graphInputs(
  table: usize,
  panels: u32,
  rows: u32,
  start: usize,
  other: usize,
  weights: usize,
  firstPanel: u32,
  columns: u32,
  out: usize,
  room: usize,
  thread: u32,
  threads: u32,
): void {
  const groups = (rows + 3) >>> 2;
  const end = groups * (thread + 1) / threads;
  for (let group = groups * thread / threads; group < end; group++) {
    const row = group << 2;
    const lanes = min<u32>(4, rows - row);
    gatherRows(table, panels, row, rows, room);
    for (let column: u32 = 0; column < (columns + 31 & ~31); column++) {
      const sum = column < columns ? received(start, other, weights, (firstPanel << 5) + column, room) : splat(0);
      const to = out + (<usize>((column >>> 5) * rows + row) << 7) + (<usize>(column & 31) << 2);
      store<f32>(to, f32x4.extract_lane(sum, 0));
      if (lanes > 1) store<f32>(to, f32x4.extract_lane(sum, 1), 128);
      if (lanes > 2) store<f32>(to, f32x4.extract_lane(sum, 2), 256);
      if (lanes > 3) store<f32>(to, f32x4.extract_lane(sum, 3), 384);
    }
  }
}

/** Adds `−scale β Σ_edges x_i w x_j` of each row to `out`: every edge is met from both ends, and counts half each time. */
export function graphEnergy(
  table: usize,
  panels: u32,
  rows: u32,
  start: usize,
  other: usize,
  weights: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  room: usize,
  thread: u32,
  threads: u32,
): void {
  const groups = (rows + 3) >>> 2;
  const end = groups * (thread + 1) / threads;
  for (let group = groups * thread / threads; group < end; group++) {
    const row = group << 2;
    gatherRows(table, panels, row, rows, room);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let number: u32 = 0; number < panels << 5; number++) {
      const x = v128.load(room + (<usize>number << 4));
      if (!v128.any_true(f32x4.ne(x, splat(0)))) continue;
      const product = f32x4.mul(x, received(start, other, weights, number, room));
      low = f64x2.add(low, f64x2.promote_low_f32x4(product));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(product, product, 1, 1)));
    }
    for (let lane: u32 = 0; lane < min<u32>(4, rows - row); lane++) {
      const half = lane < 2 ? low : high;
      const sum = lane & 1 ? f64x2.extract_lane(half, 1) : f64x2.extract_lane(half, 0);
      const b = betas ? load<f64>(betas + (<usize>(row + lane) << 3)) : beta;
      const at = out + (<usize>(row + lane) << 3);
      store<f64>(at, load<f64>(at) - 0.5 * scale * b * sum);
    }
  }
}

/**
 * Sweeps of Gibbs sampling over numbers in a given order, for Bernoulli and spin units: all colours of a lattice, or the
 * units of a network one by one, in one go. Inputs are computed at the start of each sweep, and then kept up to date with
 * the units that change.
 *
 * A unit is on where `z > log u − log(1 − u)`, which says the same as `u < σ(z)` and is known before the sweep.
 *
 * @param order `[count]`: numbers, units of one block beside one another.
 * @param room Twelve rows of numbers and 768 bytes, of this thread alone.
 */
export function sweep(
  table: usize,
  panels: u32,
  rows: u32,
  start: usize,
  other: usize,
  weights: usize,
  order: usize,
  count: u32,
  beta: f64,
  betas: usize,
  key0: u32,
  key1: u32,
  step: f64,
  firstChain: u32,
  sweeps: u32,
  room: usize,
  thread: u32,
  threads: u32,
): void {
  const bytes = <usize>panels << 9;
  const values = room;
  const inputs = values + bytes;
  const thresholds = inputs + bytes;
  const random = thresholds + bytes;
  const groups = (rows + 3) >>> 2;
  const end = groups * (thread + 1) / threads;
  for (let group = groups * thread / threads; group < end; group++) {
    const row = group << 2;
    gatherRows(table, panels, row, rows, values);
    const b = betasOf(betas, beta, row, rows);
    const rest = f32x4.sub(splat(1), b);
    for (let s: u32 = 0; s < sweeps; s++) {
      const at = <u64>step + s;
      for (let panel: u32 = 0; panel < panels; panel++) {
        const entry = table + <usize>panel * ENTRY;
        const to = thresholds + (<usize>panel << 9);
        drawThresholds(entry, <u32>at, <u32>(at >> 32), key0, key1, firstChain + row, random, to);
      }
      for (let number: u32 = 0; number < panels << 5; number++) {
        v128.store(inputs + (<usize>number << 4), received(start, other, weights, number, values));
      }
      for (let n: u32 = 0; n < count; n++) {
        const number = load<u32>(order + (<usize>n << 2));
        const entry = table + <usize>(number >>> 5) * ENTRY;
        const own = <usize>(number & 31) << 2;
        const theta = v128.load32_splat(<usize>load<u32>(entry, THETA) + own);
        const base = v128.load32_splat(<usize>load<u32>(entry, BASE) + own);
        const input = v128.load(inputs + (<usize>number << 4));
        const z = f32x4.add(f32x4.add(f32x4.mul(rest, base), f32x4.mul(b, theta)), f32x4.mul(b, input));
        const spin = load<u32>(entry, KIND) == SPIN;
        const on = f32x4.gt(spin ? f32x4.add(z, z) : z, v128.load(thresholds + (<usize>number << 4)));
        const x = v128.bitselect(splat(1), spin ? splat(-1) : splat(0), on);
        const place = values + (<usize>number << 4);
        const old = v128.load(place);
        const mask = <usize>load<u32>(entry, MASK);
        const next = mask ? v128.bitselect(old, x, clampedLanes(mask, load<u32>(entry, MASK_ROWS), number & 31, row, rows)) : x;
        const change = f32x4.sub(next, old);
        if (!v128.any_true(f32x4.ne(change, splat(0)))) continue;
        v128.store(place, next);
        tell(start, other, weights, number, change, inputs);
      }
    }
    scatterRows(table, panels, row, rows, values);
  }
}

// @ts-ignore: decorator
@inline
function betasOf(betas: usize, beta: f64, row: u32, rows: u32): v128 {
  if (!betas) return splat(<f32>beta);
  const last = rows - 1;
  let b = splat(<f32>load<f64>(betas + (<usize>row << 3)));
  b = f32x4.replace_lane(b, 1, <f32>load<f64>(betas + (<usize>min(row + 1, last) << 3)));
  b = f32x4.replace_lane(b, 2, <f32>load<f64>(betas + (<usize>min(row + 2, last) << 3)));
  return f32x4.replace_lane(b, 3, <f32>load<f64>(betas + (<usize>min(row + 3, last) << 3)));
}

/** The lanes of four rows in which a number is clamped. */
// @ts-ignore: decorator
@inline
function clampedLanes(mask: usize, maskRows: u32, column: u32, row: u32, rows: u32): v128 {
  const last = rows - 1;
  const one = maskRows == 1;
  const a = load<u32>(mask + (one ? 0 : <usize>row << 2));
  const b = load<u32>(mask + (one ? 0 : <usize>min(row + 1, last) << 2));
  const c = load<u32>(mask + (one ? 0 : <usize>min(row + 2, last) << 2));
  const d = load<u32>(mask + (one ? 0 : <usize>min(row + 3, last) << 2));
  const bits = i32x4(0, 0, 0, 0);
  const lanes = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(bits, 0, a), 1, b), 2, c), 3, d);
  return i32x4.shr_s(i32x4.shl(lanes, 31 - column), 31);
}

/** `log u − log(1 − u)` for the units of a panel in four chains: `out` `[32][4]`. */
function drawThresholds(
  entry: usize,
  stepLow: u32,
  stepHigh: u32,
  key0: u32,
  key1: u32,
  chain: u32,
  random: usize,
  out: usize,
): void {
  const unit = load<u32>(entry, FIRST_UNIT);
  const skipped = unit & 3;
  const blocks = (skipped + load<u32>(entry, COLUMNS) + 3) >>> 2;
  const drawn = random + 256;
  prepare(unit >>> 2, blocks, stepLow, stepHigh, key0, key1, random);
  for (let lane: u32 = 0; lane < 4; lane++) {
    words(blocks, chain + lane, stepLow, key0, key1, random, drawn);
    for (let c: usize = 0; c < 32; c += 4) {
      const u = uniforms(v128.load(drawn + (<usize>skipped << 2) + (c << 2)));
      const t = f32x4.sub(log(u), log(f32x4.sub(splat(1), u)));
      const to = out + (c << 4) + (<usize>lane << 2);
      store<f32>(to, f32x4.extract_lane(t, 0));
      store<f32>(to, f32x4.extract_lane(t, 1), 16);
      store<f32>(to, f32x4.extract_lane(t, 2), 32);
      store<f32>(to, f32x4.extract_lane(t, 3), 48);
    }
  }
}

/** Tells the neighbours of a number that it has changed. */
// @ts-ignore: decorator
@inline
function tell(start: usize, other: usize, weights: usize, number: u32, change: v128, inputs: usize): void {
  let k = load<u32>(start + (<usize>number << 2));
  const end = load<u32>(start + (<usize>number << 2), 4);
  for (; k < end; k++) {
    const to = inputs + (<usize>load<u32>(other + (<usize>k << 2)) << 4);
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load32_splat(weights + (<usize>k << 2)), change)));
  }
}

/** Back to bits: a number is on where it is above 0. */
function scatterRows(table: usize, panels: u32, row: u32, rows: u32, values: usize): void {
  const lanes = min<u32>(4, rows - row);
  for (let panel: u32 = 0; panel < panels; panel++) {
    const entry = table + <usize>panel * ENTRY;
    const columns = load<u32>(entry, COLUMNS);
    const target = <usize>load<u32>(entry, VALUES);
    for (let lane: u32 = 0; lane < lanes; lane++) {
      let word: u32 = 0;
      for (let c: u32 = 0; c < columns; c++) {
        const x = load<f32>(values + (<usize>panel << 9) + (<usize>c << 4) + (<usize>lane << 2));
        word |= <u32>(x > 0) << c;
      }
      store<u32>(target + (<usize>(row + lane) << 2), word);
    }
  }
}

/**
 * Adds `Σ_rows x_a x_b` of each edge to `out`: `[edges]`. `first` and `second` are values with rows and columns exchanged,
 * `[blocks][firstNumbers][32]`, one of them scaled.
 */
export function edgeStatistics(
  edgesA: usize,
  edgesB: usize,
  edges: u32,
  first: usize,
  firstNumbers: u32,
  second: usize,
  secondNumbers: u32,
  blocks: u32,
  out: usize,
  thread: u32,
  threads: u32,
): void {
  const end = <u32>(<u64>edges * (thread + 1) / threads);
  for (let e = <u32>(<u64>edges * thread / threads); e < end; e++) {
    let a = first + (<usize>load<u32>(edgesA + (<usize>e << 2)) << 7);
    let b = second + (<usize>load<u32>(edgesB + (<usize>e << 2)) << 7);
    let sum = splat(0);
    for (let block: u32 = 0; block < blocks; block++) {
      for (let c: usize = 0; c < 128; c += 16) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(a + c), v128.load(b + c)));
      }
      a += <usize>firstNumbers << 7;
      b += <usize>secondNumbers << 7;
    }
    const at = out + (<usize>e << 2);
    store<f32>(at, <f32>(<f64>load<f32>(at) + horizontal(sum)));
  }
}
