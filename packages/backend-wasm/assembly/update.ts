/** Parameters: steps of gradient descent, and the transposed copies of weights. */
import { splat } from './functions';
import { transposeTile } from './layout';

/**
 * `velocity ← momentum · velocity − rate · (gradient + decay · parameter)`, `parameter ← parameter + velocity`, and no
 * parameter below its minimum. `length` floats, a multiple of 4.
 */
export function descend(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  bytes: usize,
  momentum: f32,
  rate: f32,
  decay: f32,
  minimum: f32,
): void {
  const mv = splat(momentum);
  const rv = splat(rate);
  const dv = splat(decay);
  const low = splat(minimum);
  for (let c: usize = 0; c < bytes; c += 16) {
    const w = v128.load(parameters + c);
    const g = f32x4.add(v128.load(gradient + c), f32x4.mul(dv, w));
    const step = f32x4.mul(rv, g);
    const v = momentum == 0 ? f32x4.neg(step) : f32x4.sub(f32x4.mul(mv, v128.load(velocity + c)), step);
    v128.store(velocity + c, v);
    v128.store(parameters + c, f32x4.pmax(f32x4.add(w, v), low));
  }
}

/** A step for the parameters of a layer. `length`: floats, a multiple of 32. */
export function updateLayer(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  length: u32,
  momentum: f32,
  rate: f32,
  decay: f32,
  minimum: f32,
  thread: u32,
  threads: u32,
): void {
  const lines = length >>> 5;
  const first = <usize>(lines * thread / threads) << 7;
  const end = <usize>(lines * (thread + 1) / threads) << 7;
  descend(parameters + first, gradient + first, velocity + first, end - first, momentum, rate, decay, minimum);
}

/** A step for weights `[panels][32 · tiles][32]`, tile by tile, with their transpose `[tiles][32 · panels][32]`. */
export function updateWeights(
  weights: usize,
  gradient: usize,
  velocity: usize,
  panels: u32,
  tiles: u32,
  transposed: usize,
  momentum: f32,
  rate: f32,
  decay: f32,
  thread: u32,
  threads: u32,
): void {
  const items = panels * tiles;
  const end = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < end; item++) {
    const at = <usize>item << 12;
    descend(weights + at, gradient + at, velocity + at, 4096, momentum, rate, decay, -Infinity);
    transposeTile(weights + at, 32, transposed + (<usize>((item % tiles) * panels + item / tiles) << 12));
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
