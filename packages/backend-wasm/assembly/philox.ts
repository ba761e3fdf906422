/** Philox4x32-10 (Salmon et al. 2011), with the addresses of `@rbm/core`'s generator. */
import { splat } from './functions';

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;

/** Bytes that `prepare` writes for each four blocks. */
const PREPARED: usize = 64;

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/**
 * What the first three of the ten rounds make of units and step, whatever the chain: a quarter of the work, done once for
 * all chains. The counter is (block, chain, step, draw): until the third round some products do not know the chain.
 *
 * @param block First counter of the first block: the number of its first unit over four.
 * @param count Blocks, at most 12.
 * @param at Room for 192 bytes.
 */
export function prepare(block: u32, count: u32, step: u32, draw: u32, key0: u32, key1: u32, at: usize): void {
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  for (let n: u32 = 0; n < count; n += 4, at += PREPARED) {
    const unit = i32x4.add(i32x4.splat(block + n), i32x4(0, 1, 2, 3));
    const a = i64x2.extmul_low_i32x4_u(unit, m0);
    const b = i64x2.extmul_high_i32x4_u(unit, m0);
    const c2 = v128.xor(high(a, b), i32x4.splat(draw ^ key1));
    const c = i64x2.extmul_low_i32x4_u(c2, m1);
    const d = i64x2.extmul_high_i32x4_u(c2, m1);
    const c0 = v128.xor(high(c, d), i32x4.splat((<u32>MULTIPLIER_1 * step) ^ (key0 + WEYL_0)));
    const e = i64x2.extmul_low_i32x4_u(c0, m0);
    const f = i64x2.extmul_high_i32x4_u(c0, m0);
    v128.store(at, v128.xor(low(a, b), i32x4.splat(key1 + WEYL_1)));
    v128.store(at, v128.xor(low(c, d), i32x4.splat(key0 + 2 * WEYL_0)), 16);
    v128.store(at, v128.xor(high(e, f), i32x4.splat(key1 + 2 * WEYL_1)), 32);
    v128.store(at, low(e, f), 48);
  }
}

/**
 * The words of prepared units for one chain, in the order of units, to `out`: 64 bytes for each four blocks.
 */
// @ts-ignore: decorator
@inline
export function words(count: u32, chain: u32, step: u32, key0: u32, key1: u32, at: usize, out: usize): void {
  const first = <u32>((<u64>(<u32>MULTIPLIER_1) * <u64>step) >> 32) ^ chain ^ key0;
  const product = <u64>(<u32>MULTIPLIER_0) * <u64>first;
  const rowHigh = i32x4.splat(<u32>(product >> 32));
  const rowLow = i32x4.splat(<u32>product);
  // The key of the fourth round.
  const k0 = i32x4.splat(key0 + 3 * WEYL_0);
  const k1 = i32x4.splat(key1 + 3 * WEYL_1);
  let n: u32 = 0;
  for (; n + 4 < count; n += 8, at += 2 * PREPARED, out += 128) eightBlocks(at, rowHigh, rowLow, k0, k1, out);
  if (n < count) fourBlocks(at, rowHigh, rowLow, k0, k1, out);
}

/** The words of four blocks: what the third round lacks, and the seven after it. */
// @ts-ignore: decorator
@inline
function fourBlocks(at: usize, rowHigh: v128, rowLow: v128, k0: v128, k1: v128, out: usize): void {
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  let c2 = v128.xor(v128.load(at), rowHigh);
  let a = i64x2.extmul_low_i32x4_u(c2, m1);
  let b = i64x2.extmul_high_i32x4_u(c2, m1);
  let c0 = v128.xor(high(a, b), v128.load(at, 16));
  let c1 = low(a, b);
  c2 = v128.xor(v128.load(at, 32), rowLow);
  let c3 = v128.load(at, 48);
  for (let round = 3; round < 10; round++) {
    a = i64x2.extmul_low_i32x4_u(c2, m1);
    b = i64x2.extmul_high_i32x4_u(c2, m1);
    const next = v128.xor(v128.xor(high(a, b), c1), k0);
    c1 = low(a, b);
    a = i64x2.extmul_low_i32x4_u(c0, m0);
    b = i64x2.extmul_high_i32x4_u(c0, m0);
    c2 = v128.xor(v128.xor(high(a, b), c3), k1);
    c3 = low(a, b);
    c0 = next;
    k0 = i32x4.add(k0, i32x4.splat(WEYL_0));
    k1 = i32x4.add(k1, i32x4.splat(WEYL_1));
  }
  storeWords(c0, c1, c2, c3, out);
}

/** The same for eight, in two groups side by side: within one, each product waits for the one before. */
// @ts-ignore: decorator
@inline
function eightBlocks(at: usize, rowHigh: v128, rowLow: v128, k0: v128, k1: v128, out: usize): void {
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  let c2 = v128.xor(v128.load(at), rowHigh);
  let d2 = v128.xor(v128.load(at, 64), rowHigh);
  let a = i64x2.extmul_low_i32x4_u(c2, m1);
  let b = i64x2.extmul_high_i32x4_u(c2, m1);
  let c0 = v128.xor(high(a, b), v128.load(at, 16));
  let c1 = low(a, b);
  a = i64x2.extmul_low_i32x4_u(d2, m1);
  b = i64x2.extmul_high_i32x4_u(d2, m1);
  let d0 = v128.xor(high(a, b), v128.load(at, 80));
  let d1 = low(a, b);
  c2 = v128.xor(v128.load(at, 32), rowLow);
  d2 = v128.xor(v128.load(at, 96), rowLow);
  let c3 = v128.load(at, 48);
  let d3 = v128.load(at, 112);
  for (let round = 3; round < 10; round++) {
    a = i64x2.extmul_low_i32x4_u(c2, m1);
    b = i64x2.extmul_high_i32x4_u(c2, m1);
    const nextC = v128.xor(v128.xor(high(a, b), c1), k0);
    c1 = low(a, b);
    a = i64x2.extmul_low_i32x4_u(d2, m1);
    b = i64x2.extmul_high_i32x4_u(d2, m1);
    const nextD = v128.xor(v128.xor(high(a, b), d1), k0);
    d1 = low(a, b);
    a = i64x2.extmul_low_i32x4_u(c0, m0);
    b = i64x2.extmul_high_i32x4_u(c0, m0);
    c2 = v128.xor(v128.xor(high(a, b), c3), k1);
    c3 = low(a, b);
    a = i64x2.extmul_low_i32x4_u(d0, m0);
    b = i64x2.extmul_high_i32x4_u(d0, m0);
    d2 = v128.xor(v128.xor(high(a, b), d3), k1);
    d3 = low(a, b);
    c0 = nextC;
    d0 = nextD;
    k0 = i32x4.add(k0, i32x4.splat(WEYL_0));
    k1 = i32x4.add(k1, i32x4.splat(WEYL_1));
  }
  storeWords(c0, c1, c2, c3, out);
  storeWords(d0, d1, d2, d3, out + 64);
}

/** Four blocks in the order of units. Word w of block n is unit 4n + w: a transposition. */
// @ts-ignore: decorator
@inline
function storeWords(c0: v128, c1: v128, c2: v128, c3: v128, out: usize): void {
  const t0 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(out, v128.shuffle<i64>(t0, t2, 1, 3), 16);
  v128.store(out, v128.shuffle<i64>(t1, t3, 0, 2), 32);
  v128.store(out, v128.shuffle<i64>(t1, t3, 1, 3), 48);
}

/** The midpoints `(⌊word / 2^9⌋ + ½) / 2^23` that four words stand for. */
// @ts-ignore: decorator
@inline
export function uniforms(fourWords: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(fourWords, 9)), splat(0.5)), splat(1.1920928955078125e-7));
}
