/** Philox4x32-10 (Salmon et al. 2011), with the addresses of `@rbm/core`'s generator. */
import { splat } from './functions';

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;

/**
 * Four blocks with consecutive first counters, 16 words in the order of units, to `out`.
 *
 * @param block First counter of the first block: the number of its first unit over four.
 */
// @ts-ignore: decorator
@inline
export function fourBlocks(block: u32, chain: u32, step: u32, draw: u32, key0: u32, key1: u32, out: usize): void {
  let c0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(chain);
  let c2 = i32x4.splat(step);
  let c3 = i32x4.splat(draw);
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const a = i64x2.extmul_low_i32x4_u(c0, m0);
    const b = i64x2.extmul_high_i32x4_u(c0, m0);
    const c = i64x2.extmul_low_i32x4_u(c2, m1);
    const d = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(v128.shuffle<i32>(c, d, 1, 3, 5, 7), c1), i32x4.splat(k0));
    c1 = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(v128.shuffle<i32>(a, b, 1, 3, 5, 7), c3), i32x4.splat(k1));
    c3 = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  // Word w of block n is unit 4n + w: a transposition.
  const t0 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(out, v128.shuffle<i64>(t0, t2, 1, 3), 16);
  v128.store(out, v128.shuffle<i64>(t1, t3, 0, 2), 32);
  v128.store(out, v128.shuffle<i64>(t1, t3, 1, 3), 48);
}

/**
 * The words of `count` units from `unit` on, to `out`, which has room for 48. At most 32 units.
 *
 * @returns Where the word of the first unit is.
 */
export function words(
  unit: u32,
  count: u32,
  chain: u32,
  step: u32,
  draw: u32,
  key0: u32,
  key1: u32,
  out: usize,
): usize {
  const skipped = unit & 3;
  const first = unit >>> 2;
  const blocks = (skipped + count + 3) >>> 2;
  for (let n: u32 = 0; n < blocks; n += 4) {
    fourBlocks(first + n, chain, step, draw, key0, key1, out + (<usize>n << 4));
  }
  return out + (<usize>skipped << 2);
}

/** The midpoints `(⌊word / 2^9⌋ + ½) / 2^23` that four words stand for. */
// @ts-ignore: decorator
@inline
export function uniforms(fourWords: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(fourWords, 9)), splat(0.5)), splat(1.1920928955078125e-7));
}
