/**
 * How numbers lie in memory.
 *
 * A matrix of floats `[rows, columns]` is cut into *panels* of 32 columns: `[panels][rows][32]`, 128 bytes a row of a
 * panel, the last panel filled up with zeros. A matrix of bits is `[panels][rows]`, one 32-bit word a row of a panel.
 */

/** A word whose bit n is set for each of the first `count` columns of a panel. */
// @ts-ignore: decorator
@inline
export function columnMask(columns: u32, panel: u32): u32 {
  const left = columns - (panel << 5);
  return left >= 32 ? 0xffffffff : (<u32>1 << left) - 1;
}

/** All ones in lane n of the four where bit n of `word >> shift` is set. */
// @ts-ignore: decorator
@inline
export function laneMask(word: u32, shift: u32): v128 {
  const bits = v128.and(i32x4.splat(word >>> shift), i32x4(1, 2, 4, 8));
  return i32x4.eq(bits, i32x4(1, 2, 4, 8));
}

/** Kinds of host numbers. */
const BYTES = 0;
const SINGLES = 1;

// @ts-ignore: decorator
@inline
function hostNumber(source: usize, type: u32, index: usize): f64 {
  if (type == BYTES) return <f64>load<u8>(source + index);
  if (type == SINGLES) return <f64>load<f32>(source + (index << 2));
  return load<f64>(source + (index << 3));
}

/** Row-major host numbers to panels of `targetRows` rows. */
export function packFloats(source: usize, type: u32, rows: u32, columns: u32, target: usize, targetRows: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; column++) {
      const at = (((column >>> 5) * targetRows + row) << 5) + (column & 31);
      store<f32>(target + (<usize>at << 2), <f32>hostNumber(source, type, <usize>row * columns + column));
    }
  }
}

/** Panels to row-major float64. */
export function unpackFloats(source: usize, sourceRows: u32, rows: u32, columns: u32, target: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; column++) {
      const at = (((column >>> 5) * sourceRows + row) << 5) + (column & 31);
      store<f64>(target + ((<usize>row * columns + column) << 3), <f64>load<f32>(source + (<usize>at << 2)));
    }
  }
}

/**
 * Rows by their numbers, panel by panel.
 *
 * @param bytes Of a row of a panel: 4 for bits, 8 for doubles, 128 for floats.
 * @param numbers Address of 32-bit row numbers of the source.
 */
export function gatherRows(
  source: usize,
  sourceRows: u32,
  panels: u32,
  rows: u32,
  bytes: u32,
  numbers: usize,
  target: usize,
  thread: u32,
  threads: u32,
): void {
  const first = <u32>((<u64>panels * thread) / threads);
  const end = <u32>((<u64>panels * (thread + 1)) / threads);
  for (let panel = first; panel < end; panel++) {
    const from = source + <usize>panel * sourceRows * bytes;
    const to = target + <usize>panel * rows * bytes;
    if (bytes == 4) {
      for (let row: u32 = 0; row < rows; row++) {
        store<u32>(to + (<usize>row << 2), load<u32>(from + (<usize>load<u32>(numbers + (<usize>row << 2)) << 2)));
      }
      continue;
    }
    for (let row: u32 = 0; row < rows; row++) {
      const at = <usize>load<u32>(numbers + (<usize>row << 2)) * bytes;
      memory.copy(to + <usize>row * bytes, from + at, bytes);
    }
  }
}

/**
 * Row-major host numbers to bits: `high` is a set bit, `low` a clear one.
 *
 * @returns The index of the first number that is neither, or −1.
 */
export function packBits(
  source: usize,
  type: u32,
  rows: u32,
  columns: u32,
  target: usize,
  low: f64,
  high: f64,
  targetRows: u32,
): f64 {
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; ) {
      const panel = column >>> 5;
      if (type == BYTES && low == 0 && column + 32 <= columns) {
        const word = packBytes(source + <usize>row * columns + column);
        if (word >= 0) {
          store<u32>(target + ((<usize>panel * targetRows + row) << 2), <u32>word);
          column += 32;
          continue;
        }
      }
      const end = min(columns, (panel + 1) << 5);
      let word: u32 = 0;
      for (let bit: u32 = 0; column < end; column++, bit++) {
        const x = hostNumber(source, type, <usize>row * columns + column);
        const on = x == high;
        if (!on && x != low) return <f64>row * columns + column;
        word |= <u32>on << bit;
      }
      store<u32>(target + ((<usize>panel * targetRows + row) << 2), word);
    }
  }
  return -1;
}

/** 32 bytes that are 0 or 1 as a word; −1 if there are others among them. */
// @ts-ignore: decorator
@inline
function packBytes(at: usize): i64 {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  if (v128.any_true(i8x16.gt_u(v128.or(a, b), i8x16.splat(1)))) return -1;
  return <i64>(<u32>i8x16.bitmask(i8x16.shl(a, 7)) | (<u32>i8x16.bitmask(i8x16.shl(b, 7)) << 16));
}

/** Bits to row-major float64. */
export function unpackBits(source: usize, rows: u32, columns: u32, target: usize, low: f64, high: f64): void {
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; column++) {
      const word = load<u32>(source + ((<usize>(column >>> 5) * rows + row) << 2));
      store<f64>(target + ((<usize>row * columns + column) << 3), (word >>> (column & 31)) & 1 ? high : low);
    }
  }
}

/**
 * Bits `[panels][rows]` to bits with rows and columns exchanged: `[⌈rows / 32⌉][32 · panels]`, in parts by thread.
 *
 * @param other As many bits again, or 0: their rows then alternate with those of `source`, `[⌈2 rows / 32⌉][32 · panels]`.
 */
export function transposeBits(
  source: usize,
  rows: u32,
  panels: u32,
  target: usize,
  other: usize,
  thread: u32,
  threads: u32,
): void {
  const end = panels * (thread + 1) / threads;
  const units = panels << 5;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    const own = <usize>(panel * rows) << 2;
    let out = target + (<usize>(panel << 5) << 2);
    for (let first: u32 = 0; first < rows; first += other ? 16 : 32, out += <usize>units << 2) {
      for (let byte: u32 = 0; byte < 4; byte++) {
        const a = gather(source + own + byte, rows, first);
        if (other) {
          const b = gather(other + own + byte, rows, first);
          const even = v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
          const odd = v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
          storeColumns(even, odd, out + (<usize>byte << 5));
        } else {
          storeColumns(a, gather(source + own + byte, rows, first + 16), out + (<usize>byte << 5));
        }
      }
    }
  }
}

/** The eight columns of bits of 32 bytes, a word each. */
// @ts-ignore: decorator
@inline
function storeColumns(low: v128, high: v128, out: usize): void {
  // The sign bits of 16 bytes are gathered by one instruction.
  for (let bit: i32 = 7; bit >= 0; bit--) {
    store<u32>(out + (<usize>bit << 2), <u32>i8x16.bitmask(low) | (<u32>i8x16.bitmask(high) << 16));
    low = i8x16.shl(low, 1);
    high = i8x16.shl(high, 1);
  }
}

/** One byte of each of 16 words from word `first` on; 0 for those from `count` on. */
// @ts-ignore: decorator
@inline
function gather(source: usize, count: u32, first: u32): v128 {
  let bytes = i8x16.splat(0);
  const from = source + (<usize>first << 2);
  if (first + 16 <= count) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const ab = v128.shuffle<i8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    const cd = v128.shuffle<i8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    return v128.shuffle<i64>(ab, cd, 0, 2);
  }
  // The last rows one by one: nothing beyond them may be read.
  let lowHalf: u64 = 0;
  let highHalf: u64 = 0;
  for (let n: u32 = 0; first + n < count && n < 16; n++) {
    const byte = <u64>load<u8>(from + (<usize>n << 2));
    if (n < 8) lowHalf |= byte << (n << 3);
    else highHalf |= byte << ((n - 8) << 3);
  }
  bytes = i64x2.replace_lane(bytes, 0, lowHalf);
  return i64x2.replace_lane(bytes, 1, highHalf);
}

/** Floats `[panels][rows][32]` to `[⌈rows / 32⌉][32 · panels][32]`: rows and columns exchanged, filled up with zeros. */
export function transposeFloats(source: usize, rows: u32, panels: u32, target: usize, thread: u32, threads: u32): void {
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    for (let first: u32 = 0; first < rows; first += 32) {
      const from = source + (<usize>(panel * rows + first) << 7);
      const to = target + (<usize>((first >>> 5) * (panels << 5) + (panel << 5)) << 7);
      transposeTile(from, min<u32>(32, rows - first), to);
    }
  }
}

/** A tile of 32 columns and `count` rows, 128 bytes apart, to 32 × 32 numbers with rows and columns exchanged. */
export function transposeTile(source: usize, count: u32, target: usize): void {
  const whole = count & ~3;
  for (let row: u32 = 0; row < whole; row += 4) {
    const from = source + (<usize>row << 7);
    for (let c: usize = 0; c < 128; c += 16) {
      const at = from + c;
      exchange(v128.load(at), v128.load(at, 128), v128.load(at, 256), v128.load(at, 384), target + (c << 5), row);
    }
  }
  if (count == 32) return;
  const zero = i32x4.splat(0);
  for (let row = whole; row < 32; row += 4) {
    for (let c: usize = 0; c < 128; c += 16) {
      const at = source + (<usize>row << 7) + c;
      const a = row < count ? v128.load(at) : zero;
      const b = row + 1 < count ? v128.load(at, 128) : zero;
      const d = row + 2 < count ? v128.load(at, 256) : zero;
      exchange(a, b, d, zero, target + (c << 5), row);
    }
  }
}

/** Four rows of four numbers to four columns, 128 bytes apart. */
// @ts-ignore: decorator
@inline
function exchange(a: v128, b: v128, c: v128, d: v128, target: usize, row: u32): void {
  const t0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const t1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const t2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const t3 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  const to = target + (<usize>row << 2);
  v128.store(to, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(to, v128.shuffle<i64>(t0, t2, 1, 3), 128);
  v128.store(to, v128.shuffle<i64>(t1, t3, 0, 2), 256);
  v128.store(to, v128.shuffle<i64>(t1, t3, 1, 3), 384);
}

/** Sets the rows of each panel from `first` on to zero. */
export function clearRows(at: usize, panels: u32, rows: u32, first: u32, thread: u32, threads: u32): void {
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    memory.fill(at + (<usize>(panel * rows + first) << 7), 0, <usize>(rows - first) << 7);
  }
}
