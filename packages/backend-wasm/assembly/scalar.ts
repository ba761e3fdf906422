/**
 * Units of one number: Bernoulli, spin, binomial, Gaussian, ReLU. Everything is a function of `z = θ_β + β I`, with parameters
 * `θ_β = (1 − β) θ_base + β θ`; without a base, `base` is `theta` and β is 1, which changes nothing. Inputs that were mixed with
 * those from a base with weights (`mixed`) are at β already: `z = θ_β + I`.
 *
 * Parameters are filled up to panels: `[panels][32]`, for Gaussian and ReLU units the fields and then the
 * precisions. `trials` is 1 but for binomial units.
 */
import { BERNOULLI, BINOMIAL, GAUSSIAN, RELU, SPIN } from '../src/opcodes';
import { cosTurns, log, POWER_CONSTANTS, powerOfTwoBy, roughPowerOfTwo, sigmoid, splat, storePowerConstants, tanh } from './functions';
import { columnMask, laneMask } from './layout';
import { prepare, uniforms, words } from './philox';
import { reluCumulant, reluMean, reluSample, reluSquare } from './relu';

/** The inverse temperature of a row: its own, or that of all. */
// @ts-ignore: decorator
@inline
export function betaOf(betas: usize, beta: f64, row: u32): f32 {
  return <f32>(betas ? load<f64>(betas + (<usize>row << 3)) : beta);
}

/** Four parameters between base and model. */
// @ts-ignore: decorator
@inline
export function between(base: usize, theta: usize, offset: usize, beta: v128, rest: v128): v128 {
  return f32x4.add(f32x4.mul(rest, v128.load(base + offset)), f32x4.mul(beta, v128.load(theta + offset)));
}

// @ts-ignore: decorator
@inline
export function hasPrecision(kind: u32): bool {
  return kind == GAUSSIAN || kind == RELU;
}

// @ts-ignore: decorator
@inline
function meanOf(kind: u32, z: v128, precision: v128, trials: v128): v128 {
  if (kind == BERNOULLI || kind == BINOMIAL) return f32x4.mul(trials, sigmoid(z));
  if (kind == SPIN) return tanh(z);
  if (kind == RELU) return reluMean(z, precision);
  return f32x4.div(z, precision);
}

/** `⟨x⟩` of `columns` units. `inputs`, `out`: `[panels][rows][32]`. */
export function scalarMean(
  kind: u32,
  rows: u32,
  columns: u32,
  trials: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  mixed: u32,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const precisionAt = <usize>panels << 7;
  const items = panels * rows;
  const end = <u32>(<u64>items * (thread + 1) / threads);
  for (let item = <u32>(<u64>items * thread / threads); item < end; item++) {
    const panel = item / rows;
    const b = betaOf(betas, beta, item % rows);
    const bv = splat(b);
    const received = mixed ? splat(1) : bv;
    const rest = splat(1 - b);
    const mask = columnMask(columns, panel);
    for (let c: u32 = 0; c < 32; c += 4) {
      const offset = <usize>c << 2;
      const own = (<usize>panel << 7) + offset;
      const at = (<usize>item << 7) + offset;
      const z = f32x4.add(between(base, theta, own, bv, rest), f32x4.mul(received, v128.load(inputs + at)));
      const precision = hasPrecision(kind) ? between(base, theta, precisionAt + own, bv, rest) : z;
      v128.store(out + at, v128.and(meanOf(kind, z, precision, splat(<f32>trials)), laneMask(mask, c)));
    }
  }
}

/**
 * A sample of each unit. `out`: bits `[panels][rows]` for Bernoulli units and spins, floats `[panels][rows][32]` for others.
 *
 * @param scratch Room for 1,024 bytes, of this thread alone.
 */
export function scalarSample(
  kind: u32,
  rows: u32,
  columns: u32,
  trials: u32,
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
  const stepLow = <u32>(<u64>step & 0xffffffff);
  const stepHigh = <u32>(<u64>step >> 32);
  const items = panels * rows;
  const end = <u32>(<u64>items * (thread + 1) / threads);
  const drawn = scratch + 512;
  const drawnNext = scratch + 768;
  const precisionAt = <usize>panels << 7;
  for (let item = <u32>(<u64>items * thread / threads); item < end; ) {
    const panel = item / rows;
    const own = <usize>panel << 7;
    const mask = columnMask(columns, panel);
    const unit = firstUnit + (panel << 5);
    const skipped = unit & 3;
    const blocks = (skipped + min<u32>(32, columns - (panel << 5)) + 3) >>> 2;
    const words0 = drawn + (<usize>skipped << 2);
    const words1 = drawnNext + (<usize>skipped << 2);
    const endOfPanel = min(end, (panel + 1) * rows);
    if (kind == GAUSSIAN) prepare(unit >>> 2, blocks, stepLow, stepHigh | (1 << 24), key0, key1, scratch + 256);
    if (kind == BINOMIAL) memory.fill(out + (<usize>item << 7), 0, <usize>(endOfPanel - item) << 7);
    // Units of several trials take a uniform number for each.
    for (let trial: u32 = 0; trial < trials; trial++) {
      prepare(unit >>> 2, blocks, stepLow, stepHigh | (trial << 24), key0, key1, scratch);
      for (let i = item; i < endOfPanel; i++) {
        const row = i - panel * rows;
        const b = betaOf(betas, beta, row);
        const factor: f32 = mixed ? 1 : b;
        const received = inputs + (<usize>i << 7);
        const floats = out + (<usize>i << 7);
        words(blocks, firstChain + row, stepLow, key0, key1, scratch, drawn);
        if (kind == GAUSSIAN) {
          words(blocks, firstChain + row, stepLow, key0, key1, scratch + 256, drawnNext);
          normals(received, theta, base, own, precisionAt + own, b, factor, words0, words1, mask, floats);
        } else if (kind == RELU) {
          rectified(received, theta, base, own, precisionAt + own, b, factor, words0, mask, floats);
        } else if (kind == BINOMIAL) {
          successes(received, theta + own, base + own, b, factor, words0, mask, floats);
        } else {
          const exponent = kind == SPIN ? <f32>-2.8853900817779268 : <f32>-1.4426950408889634;
          const word =
            base == theta && b == 1
              ? bits(received, theta + own, exponent, words0)
              : bitsAlong(received, theta + own, base + own, b, factor, exponent, words0);
          store<u32>(out + (<usize>i << 2), word & mask);
        }
      }
    }
    item = endOfPanel;
  }
}

/**
 * A word of 32 units, each set with probability `σ(z)`, or `σ(2z)` for spins: `u < 1 / (1 + 2^(c z))` as `u (1 + 2^(c z)) < 1`.
 *
 * @param exponent The factor c.
 */
// @ts-ignore: decorator
@inline
function bits(inputs: usize, theta: usize, exponent: f32, drawn: usize): u32 {
  let word: u32 = 0;
  for (let c: u32 = 0; c < 32; c += 4) {
    const offset = <usize>c << 2;
    const z = f32x4.add(v128.load(theta + offset), v128.load(inputs + offset));
    word |= fourBits(z, exponent, drawn + offset) << c;
  }
  return word;
}

/** The same at an inverse temperature. */
// @ts-ignore: decorator
@inline
function bitsAlong(
  inputs: usize,
  theta: usize,
  base: usize,
  b: f32,
  factor: f32,
  exponent: f32,
  drawn: usize,
): u32 {
  const bv = splat(b);
  const rest = splat(1 - b);
  const fv = splat(factor);
  let word: u32 = 0;
  for (let c: u32 = 0; c < 32; c += 4) {
    const offset = <usize>c << 2;
    const z = f32x4.add(between(base, theta, offset, bv, rest), f32x4.mul(fv, v128.load(inputs + offset)));
    word |= fourBits(z, exponent, drawn + offset) << c;
  }
  return word;
}

// @ts-ignore: decorator
@inline
function fourBits(z: v128, exponent: f32, drawn: usize): u32 {
  const e = roughPowerOfTwo(f32x4.mul(z, splat(exponent)));
  const u = uniforms(v128.load(drawn));
  return <u32>i32x4.bitmask(f32x4.lt(f32x4.add(u, f32x4.mul(u, e)), splat(1.0)));
}

/** Adds 1 to each of 32 counts with probability `σ(z)`. */
export function successes(
  inputs: usize,
  theta: usize,
  base: usize,
  b: f32,
  factor: f32,
  drawn: usize,
  mask: u32,
  out: usize,
): void {
  const bv = splat(b);
  const rest = splat(1 - b);
  const fv = splat(factor);
  for (let c: u32 = 0; c < 32; c += 4) {
    const offset = <usize>c << 2;
    const z = f32x4.add(between(base, theta, offset, bv, rest), f32x4.mul(fv, v128.load(inputs + offset)));
    const e = roughPowerOfTwo(f32x4.mul(z, splat(-1.4426950408889634)));
    const u = uniforms(v128.load(drawn + offset));
    const success = f32x4.lt(f32x4.add(u, f32x4.mul(u, e)), splat(1.0));
    addTo(out + offset, v128.and(v128.and(success, splat(1.0)), laneMask(mask, c)));
  }
}

/** 32 samples of ReLU units. */
export function rectified(
  inputs: usize,
  theta: usize,
  base: usize,
  own: usize,
  precisionAt: usize,
  b: f32,
  factor: f32,
  drawn: usize,
  mask: u32,
  out: usize,
): void {
  const bv = splat(b);
  const rest = splat(1 - b);
  const fv = splat(factor);
  for (let c: u32 = 0; c < 32; c += 4) {
    const offset = <usize>c << 2;
    const z = f32x4.add(between(base, theta, own + offset, bv, rest), f32x4.mul(fv, v128.load(inputs + offset)));
    const precision = between(base, theta, precisionAt + offset, bv, rest);
    const x = reluSample(z, precision, uniforms(v128.load(drawn + offset)));
    v128.store(out + offset, v128.and(x, laneMask(mask, c)));
  }
}

/** 32 normal numbers of mean `z / γ` and variance `1 / γ` (Box and Muller 1958). */
// @ts-ignore: decorator
@inline
function normals(
  inputs: usize,
  theta: usize,
  base: usize,
  own: usize,
  precisionAt: usize,
  b: f32,
  factor: f32,
  first: usize,
  second: usize,
  mask: u32,
  out: usize,
): void {
  const bv = splat(b);
  const rest = splat(1 - b);
  const fv = splat(factor);
  for (let c: u32 = 0; c < 32; c += 4) {
    const offset = <usize>c << 2;
    const z = f32x4.add(between(base, theta, own + offset, bv, rest), f32x4.mul(fv, v128.load(inputs + offset)));
    const precision = between(base, theta, precisionAt + offset, bv, rest);
    const radius = f32x4.sqrt(f32x4.mul(splat(-2.0), log(uniforms(v128.load(first + offset)))));
    const normal = f32x4.mul(radius, cosTurns(uniforms(v128.load(second + offset))));
    const x = f32x4.add(f32x4.div(z, precision), f32x4.div(normal, f32x4.sqrt(precision)));
    v128.store(out + offset, v128.and(x, laneMask(mask, c)));
  }
}

/** Adds `−scale Σ_i Γ_i` of each row to `out`: `[rows]`, float64. */
export function scalarCumulants(
  kind: u32,
  rows: u32,
  columns: u32,
  trials: u32,
  inputs: usize,
  theta: usize,
  base: usize,
  beta: f64,
  betas: usize,
  out: usize,
  scale: f64,
  mixed: u32,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const precisionAt = <usize>panels << 7;
  const exponent = splat(kind == SPIN ? -2.8853900817779268 : -1.4426950408889634);
  const end = rows * (thread + 1) / threads;
  for (let row = rows * thread / threads; row < end; row++) {
    const b = betaOf(betas, beta, row);
    const bv = splat(b);
    const rest = splat(1 - b);
    const factor = mixed ? splat(1) : bv;
    let total: f64 = 0;
    let product = splat(1.0);
    for (let panel: u32 = 0; panel < panels; panel++) {
      const mask = columnMask(columns, panel);
      let sum = splat(0.0);
      for (let c: u32 = 0; c < 32; c += 4) {
        const offset = <usize>c << 2;
        const own = (<usize>panel << 7) + offset;
        const received = v128.load(inputs + (<usize>(panel * rows + row) << 7) + offset);
        const z = f32x4.add(between(base, theta, own, bv, rest), f32x4.mul(factor, received));
        if (hasPrecision(kind)) {
          const precision = between(base, theta, precisionAt + own, bv, rest);
          const gamma = kind == RELU ? reluCumulant(z, precision) : gaussianCumulant(z, precision);
          sum = f32x4.add(sum, v128.and(gamma, laneMask(mask, c)));
          continue;
        }
        // Γ = max(z, 0) + log(1 + e^−|z|), or |z| + log(1 + e^−2|z|) for spins: of the logs, only that of the product is
        // taken. Each factor is at most 2.
        const a = f32x4.abs(z);
        let e = roughPowerOfTwo(f32x4.mul(a, exponent));
        let least = kind == SPIN ? a : f32x4.pmax(z, splat(0.0));
        if (mask != 0xffffffff) {
          e = v128.and(e, laneMask(mask, c));
          least = v128.and(least, laneMask(mask, c));
        }
        sum = f32x4.add(sum, least);
        product = f32x4.mul(product, f32x4.add(splat(1.0), e));
      }
      total += horizontal(sum);
      if ((panel & 7) == 7 || panel + 1 == panels) {
        total += horizontal(log(product));
        product = splat(1.0);
      }
    }
    const at = out + (<usize>row << 3);
    store<f64>(at, load<f64>(at) - scale * <f64>trials * total);
  }
}

/** `½ (z² / γ + log 2π / γ)`. */
// @ts-ignore: decorator
@inline
function gaussianCumulant(z: v128, precision: v128): v128 {
  const volume = f32x4.sub(splat(1.8378770664093453), log(precision));
  return f32x4.mul(splat(0.5), f32x4.add(f32x4.div(f32x4.mul(z, z), precision), volume));
}

/** The sum of four floats, in float64. */
// @ts-ignore: decorator
@inline
export function horizontal(x: v128): f64 {
  const a = f64x2.promote_low_f32x4(x);
  const b = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
  const s = f64x2.add(a, b);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * Expected statistics of a layer that is summed out. Adds `Σ_rows scale · ∂Γ/∂θ` to `gradient`, laid out like the
 * parameters, and writes `scale · ⟨x⟩` of each row to rows `firstRow`, `firstRow + rowStep`, … of `out`, which has
 * `outRows` rows a panel; what would come next, up to `endRow`, becomes zero.
 *
 * @param scratch Room for 416 bytes, of this thread alone.
 */
export function scalarExpected(
  kind: u32,
  rows: u32,
  columns: u32,
  trials: u32,
  inputs: usize,
  theta: usize,
  scale: f64,
  weights: usize,
  out: usize,
  outRows: u32,
  firstRow: u32,
  rowStep: u32,
  endRow: u32,
  gradient: usize,
  scratch: usize,
  thread: u32,
  threads: u32,
): void {
  const panels = (columns + 31) >>> 5;
  const precisionAt = <usize>panels << 7;
  const end = panels * (thread + 1) / threads;
  const squares = scratch + 128;
  const constants = scratch + 256;
  storePowerConstants(constants);
  v128.store(constants, splat(-1.4426950408889634), POWER_CONSTANTS);
  for (let panel = panels * thread / threads; panel < end; panel++) {
    const mask = columnMask(columns, panel);
    const own = theta + (<usize>panel << 7);
    memory.fill(scratch, 0, 256);
    let target = out + (<usize>(panel * outRows + firstRow) << 7);
    let received = inputs + (<usize>(panel * rows) << 7);
    const bits = kind == BERNOULLI && mask == 0xffffffff;
    if (bits) bernoulliMeans(own, received, rows, scale, weights, target, rowStep, scratch, constants);
    for (let row: u32 = bits ? rows : 0; row < rows; row++) {
      const s = splat(<f32>(weights ? scale * load<f64>(weights + (<usize>row << 3)) : scale));
      for (let c: u32 = 0; c < 32; c += 4) {
        const offset = <usize>c << 2;
        const z = f32x4.add(v128.load(own + offset), v128.load(received + offset));
        if (hasPrecision(kind)) {
          const precision = v128.load(own + precisionAt + offset);
          const whole = kind == RELU ? reluMean(z, precision) : f32x4.div(z, precision);
          const mean = v128.and(whole, laneMask(mask, c));
          const second =
            kind == RELU
              ? reluSquare(z, precision, mean)
              : f32x4.add(f32x4.mul(mean, mean), f32x4.div(splat(1.0), precision));
          addTo(squares + offset, f32x4.mul(s, v128.and(second, laneMask(mask, c))));
          v128.store(target + offset, f32x4.mul(s, mean));
          addTo(scratch + offset, f32x4.mul(s, mean));
        } else {
          const mean = kind == SPIN ? tanh(z) : sigmoid(z);
          const scaled = f32x4.mul(f32x4.mul(s, splat(<f32>trials)), v128.and(mean, laneMask(mask, c)));
          v128.store(target + offset, scaled);
          addTo(scratch + offset, scaled);
        }
      }
      received += 128;
      target += <usize>rowStep << 7;
    }
    for (let c: usize = 0; c < 128; c += 16) {
      addTo(gradient + (<usize>panel << 7) + c, v128.load(scratch + c));
      if (!hasPrecision(kind)) continue;
      addTo(gradient + precisionAt + (<usize>panel << 7) + c, f32x4.mul(splat(-0.5), v128.load(squares + c)));
    }
    clearFrom(out, panel, outRows, firstRow + rows * rowStep, rowStep, endRow);
  }
}

/**
 * `scale · σ(z)` of some rows of a whole panel, to every `rowStep`-th row of `out`, and added to `sums`.
 *
 * @param constants Those of `storePowerConstants`, and the factor of the exponent.
 */
export function bernoulliMeans(
  theta: usize,
  inputs: usize,
  rows: u32,
  scale: f64,
  weights: usize,
  out: usize,
  rowStep: u32,
  sums: usize,
  constants: usize,
): void {
  const least = v128.load(constants);
  const most = v128.load(constants, 16);
  const magic = v128.load(constants, 32);
  const p5 = v128.load(constants, 48);
  const p4 = v128.load(constants, 64);
  const p3 = v128.load(constants, 80);
  const p2 = v128.load(constants, 96);
  const p1 = v128.load(constants, 112);
  const one = v128.load(constants, 128);
  const exponent = v128.load(constants, POWER_CONSTANTS);
  for (let row: u32 = 0; row < rows; row++, inputs += 128, out += <usize>rowStep << 7) {
    const s = splat(<f32>(weights ? scale * load<f64>(weights + (<usize>row << 3)) : scale));
    for (let c: usize = 0; c < 128; c += 16) {
      const z = f32x4.add(v128.load(theta + c), v128.load(inputs + c));
      const e = powerOfTwoBy(f32x4.mul(z, exponent), least, most, magic, p5, p4, p3, p2, p1, one);
      const scaled = f32x4.div(s, f32x4.add(one, e));
      v128.store(out + c, scaled);
      addTo(sums + c, scaled);
    }
  }
}

/** Sets every `rowStep`-th row of a panel, from `row` to before `endRow`, to zero. */
export function clearFrom(out: usize, panel: u32, outRows: u32, row: u32, rowStep: u32, endRow: u32): void {
  for (; row < endRow; row += rowStep) memory.fill(out + (<usize>(panel * outRows + row) << 7), 0, 128);
}

// @ts-ignore: decorator
@inline
export function addTo(at: usize, x: v128): void {
  v128.store(at, f32x4.add(v128.load(at), x));
}
