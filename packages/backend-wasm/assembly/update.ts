/** Parameters: steps of optimizers, and the transposed copies of weights. */
import { sumSteps } from './centre';
import { splat } from './functions';
import { prepareTile } from './gradient';
import { transposeTile } from './layout';
import { n, s } from './operands';
import { ADAPTIVE, DESCENT } from '../src/opcodes';
import {
  COLUMN_SUMS,
  DECAY,
  DECAYS,
  FIRST_SLOT,
  GRADIENT,
  LENGTH,
  MEANS,
  MINIMUM,
  NUMBERS,
  OFFSETS_A,
  OFFSETS_B,
  PANELS,
  PARAMETERS,
  ROW_SUMS,
  RULE,
  TILES,
  TRANSPOSED,
} from '../src/update-operands';

/** `velocity ← momentum · velocity − rate · gradient`, `parameter ← parameter + velocity`, and no parameter below its minimum. */
export function descend(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  bytes: usize,
  momentum: f32,
  rate: f32,
  minimum: f32,
): void {
  const mv = splat(momentum);
  const rv = splat(rate);
  const low = splat(minimum);
  for (let c: usize = 0; c < bytes; c += 16) {
    const step = f32x4.mul(rv, v128.load(gradient + c));
    const v = momentum == 0 ? f32x4.neg(step) : f32x4.sub(f32x4.mul(mv, v128.load(velocity + c)), step);
    v128.store(velocity + c, v);
    v128.store(parameters + c, f32x4.pmax(f32x4.add(v128.load(parameters + c), v), low));
  }
}

/** Likewise with Nesterov's momentum: the step, kept in `steps`, is `momentum · velocity − rate · gradient` with the new velocity. */
export function accelerate(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  bytes: usize,
  momentum: f32,
  rate: f32,
  minimum: f32,
  steps: usize,
): void {
  const mv = splat(momentum);
  const rv = splat(rate);
  const low = splat(minimum);
  for (let c: usize = 0; c < bytes; c += 16) {
    const slope = f32x4.mul(rv, v128.load(gradient + c));
    const v = f32x4.sub(f32x4.mul(mv, v128.load(velocity + c)), slope);
    const step = f32x4.sub(f32x4.mul(mv, v), slope);
    v128.store(velocity + c, v);
    v128.store(steps + c, step);
    v128.store(parameters + c, f32x4.pmax(f32x4.add(v128.load(parameters + c), step), low));
  }
}

/**
 * Adam and RMSProp: `m ← m + share1 (g − m)`, `s ← s + share2 (g² − s)`, and the step, kept in `steps`, is
 * `−rate m / (√s + epsilon) − decay · parameter`. Without means, `m` is `g`. The corrections of Adam's start are in `rate` and
 * `epsilon`. Shares are 1 − β: a sum of `β s` and `(1 − β) g²` would lose digits, since the float32 β is a little off.
 * `bytes`: a multiple of 32.
 */
export function adapt(
  parameters: usize,
  gradient: usize,
  means: usize,
  squares: usize,
  bytes: usize,
  share1: f32,
  rate: f32,
  share2: f32,
  epsilon: f32,
  decay: f32,
  minimum: f32,
  steps: usize,
): void {
  const first = splat(share1);
  const second = splat(share2);
  // Negated here: in the loop it would need a constant, made anew each time.
  const rv = splat(-rate);
  const ev = splat(epsilon);
  const dv = splat(-decay);
  const low = splat(minimum);
  // Eight at a time with fixed distances: the engine's compiler then adds to each address once.
  for (let c: usize = 0; c < bytes; c += 32) {
    const p = parameters + c;
    const q = squares + c;
    const g1 = v128.load(gradient + c);
    const g2 = v128.load(gradient + c, 16);
    let s1 = v128.load(q);
    let s2 = v128.load(q, 16);
    s1 = f32x4.add(s1, f32x4.mul(second, f32x4.sub(f32x4.mul(g1, g1), s1)));
    s2 = f32x4.add(s2, f32x4.mul(second, f32x4.sub(f32x4.mul(g2, g2), s2)));
    v128.store(q, s1);
    v128.store(q, s2, 16);
    let m1 = g1;
    let m2 = g2;
    if (means) {
      const m = means + c;
      m1 = v128.load(m);
      m2 = v128.load(m, 16);
      m1 = f32x4.add(m1, f32x4.mul(first, f32x4.sub(g1, m1)));
      m2 = f32x4.add(m2, f32x4.mul(first, f32x4.sub(g2, m2)));
      v128.store(m, m1);
      v128.store(m, m2, 16);
    }
    m1 = f32x4.div(f32x4.mul(rv, m1), f32x4.add(f32x4.sqrt(s1), ev));
    m2 = f32x4.div(f32x4.mul(rv, m2), f32x4.add(f32x4.sqrt(s2), ev));
    const w1 = v128.load(p);
    const w2 = v128.load(p, 16);
    m1 = f32x4.add(m1, f32x4.mul(dv, w1));
    m2 = f32x4.add(m2, f32x4.mul(dv, w2));
    v128.store(steps + c, m1);
    v128.store(steps + c, m2, 16);
    v128.store(p, f32x4.pmax(f32x4.add(w1, m1), low));
    v128.store(p, f32x4.pmax(f32x4.add(w2, m2), low), 16);
  }
}

/**
 * One step by the rule of a command on prepared numbers, `at` bytes from the start of each array.
 *
 * @param room 4096 bytes. @returns Where the steps are.
 */
// @ts-ignore: decorator
@inline
function stepBy(c: usize, at: usize, bytes: usize, decay: f32, minimum: f32, room: usize): usize {
  const parameters = <usize>n(c, PARAMETERS) + at;
  const gradient = <usize>n(c, GRADIENT) + at;
  const first = <usize>n(c, FIRST_SLOT) + at;
  const rule = n(c, RULE);
  if (rule == ADAPTIVE) {
    const means = n(c, MEANS);
    adapt(
      parameters,
      gradient,
      means ? <usize>means + at : 0,
      first,
      bytes,
      s(c, NUMBERS),
      s(c, NUMBERS + 1),
      s(c, NUMBERS + 2),
      s(c, NUMBERS + 3),
      decay,
      minimum,
      room,
    );
    return room;
  }
  const momentum = s(c, NUMBERS);
  const rate = s(c, NUMBERS + 1);
  if (rule == DESCENT) {
    descend(parameters, gradient, first, bytes, momentum, rate, minimum);
    return first;
  }
  accelerate(parameters, gradient, first, bytes, momentum, rate, minimum, room);
  return room;
}

/** A step for one row of parameters. Length: floats, a multiple of 32. */
export function updateLayer(c: usize, room: usize, thread: u32, threads: u32): void {
  const lines = n(c, LENGTH) >>> 5;
  const end = <usize>(lines * (thread + 1) / threads) << 7;
  for (let at = <usize>(lines * thread / threads) << 7; at < end; at += 4096) {
    const bytes = min<usize>(4096, end - at);
    prepareTile(c, <usize>n(c, PARAMETERS) + at, <usize>n(c, GRADIENT) + at, bytes, 0, 0);
    stepBy(c, at, bytes, n(c, DECAYS) ? s(c, DECAY) : 0, s(c, MINIMUM), room);
  }
}

/** A step for weights `[panels][32 · tiles][32]`, tile by tile, with their transpose `[tiles][32 · panels][32]`. */
export function updateWeights(c: usize, room: usize, thread: u32, threads: u32): void {
  const panels = n(c, PANELS);
  const tiles = n(c, TILES);
  const items = panels * tiles;
  const end = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < end; item++) {
    const at = <usize>item << 12;
    const panel = item / tiles;
    const tile = item % tiles;
    const weights = <usize>n(c, PARAMETERS) + at;
    prepareTile(c, weights, <usize>n(c, GRADIENT) + at, 4096, panel, tile);
    const steps = stepBy(c, at, 4096, s(c, DECAY), -Infinity, room);
    const rowSums = n(c, ROW_SUMS);
    if (rowSums) {
      sumSteps(
        steps,
        <usize>n(c, OFFSETS_A) + (<usize>tile << 7),
        <usize>n(c, OFFSETS_B) + (<usize>panel << 7),
        <usize>rowSums + (<usize>item << 7),
        <usize>n(c, COLUMN_SUMS) + (<usize>item << 7),
      );
    }
    transposeTile(weights, 32, <usize>n(c, TRANSPOSED) + (<usize>(tile * panels + panel) << 12));
  }
}

/** `out ← (1 − β) base + β parameters`. `bytes`: a multiple of 128. */
export function interpolate(
  base: usize,
  parameters: usize,
  bytes: u32,
  beta: f32,
  out: usize,
  thread: u32,
  threads: u32,
): void {
  const lines = bytes >>> 7;
  const bv = splat(beta);
  const rest = splat(1 - beta);
  const end = <usize>(<u32>(<u64>lines * (thread + 1) / threads)) << 7;
  for (let c = <usize>(<u32>(<u64>lines * thread / threads)) << 7; c < end; c += 16) {
    v128.store(out + c, f32x4.add(f32x4.mul(rest, v128.load(base + c)), f32x4.mul(bv, v128.load(parameters + c))));
  }
}

/** The transpose of weights. */
export function transposeWeights(
  weights: usize,
  panels: u32,
  tiles: u32,
  transposed: usize,
  thread: u32,
  threads: u32,
): void {
  const items = panels * tiles;
  const end = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < end; item++) {
    const at = <usize>item << 12;
    transposeTile(weights + at, 32, transposed + (<usize>((item % tiles) * panels + item / tiles) << 12));
  }
}
