/**
 * The one product behind inputs and statistics: `out[x] = Σ_k b[x, k] m[k]`, with `b` bits (or values) and `m` rows of
 * floats, panel by panel of 32 columns. Since `b` is mostly bits, a product is a sum of rows. Three ways to it:
 *
 * - *lists*: for each x the rows whose bit is set, added one after the other; where there are many x, the sums of
 *   neighbouring rows 2k and 2k + 1 are computed once, and stand for both where both bits are set;
 * - *tables* ("four Russians", Arlazarov et al. 1970): for each group of four rows all 16 sums, computed once for all x;
 * - *values*: multiply and add.
 *
 * Which of lists and tables serves a word of 32 rows follows from how many of its bits are set over all x, and so from
 * the states alone.
 */

/** Rows summed by tables; by lists; not at all, since no bit is set. */
const NONE: u8 = 0;
const LISTED: u8 = 1;
const TABLED: u8 = 2;

/**
 * Decides for each word of `b` how its rows are summed. `flags`: `[words]`, one byte each.
 *
 * @param signed Bits stand for −1 and 1: tables alone can do that.
 * @param paired Whether lists have pairs.
 * @param panels Of the matrix: how often a list is used once it is made.
 */
export function plan(
  bits: usize,
  rows: u32,
  words: u32,
  signed: u32,
  paired: u32,
  flags: usize,
  panels: u32,
  thread: u32,
  threads: u32,
): void {
  const end = words * (thread + 1) / threads;
  // An entry is listed once, in twice the time that it takes to be added to a panel.
  const entry = <u64>(10 + 20 / panels);
  const pairMask: u32 = paired ? 0x55555555 : 0;
  for (let word = words * thread / threads; word < end; word++) {
    const from = bits + ((<usize>word * rows) << 2);
    let count: u64 = 0;
    for (let x: u32 = 0; x < rows; x++) {
      const w = load<u32>(from + (<usize>x << 2));
      count += popcnt(w) - popcnt(w & (w >>> 1) & pairMask);
    }
    // In tenths of the time that it takes to add an entry of a list: tables take some 130 more to make than pairs, and 9 a row.
    const tabled = signed != 0 || (count > 0 && (words > 2048 || count * entry > 1300 + 88 * <u64>rows));
    store<u8>(flags + word, tabled ? TABLED : count > 0 ? LISTED : NONE);
  }
}

/**
 * Lists the set bits of the listed words of each row: `lists` `[rows][32 · words]` 16-bit numbers, of which the first half
 * are rows, and the second half pairs of rows if `paired`; `counts` `[rows][2]`.
 */
export function list(
  bits: usize,
  rows: u32,
  words: u32,
  paired: u32,
  flags: usize,
  lists: usize,
  counts: usize,
  thread: u32,
  threads: u32,
): void {
  // Where no word is listed, as in small products, nobody looks at the counts either.
  let listed = false;
  for (let word: u32 = 0; word < words; word++) if (load<u8>(flags + word) == LISTED) listed = true;
  if (!listed) return;
  const end = rows * (thread + 1) / threads;
  for (let x = rows * thread / threads; x < end; x++) {
    const start = lists + ((<usize>x * words) << 6);
    const startOfPairs = start + (<usize>words << 5);
    let at = start;
    let atPairs = startOfPairs;
    for (let word: u32 = 0; word < words; word++) {
      if (load<u8>(flags + word) != LISTED) continue;
      let w = load<u32>(bits + ((<usize>word * rows + x) << 2));
      const first = word << 5;
      if (paired) {
        let both = w & (w >>> 1) & 0x55555555;
        w &= ~(both | (both << 1));
        while (both) {
          store<u16>(atPairs, <u16>((first + ctz(both)) >>> 1));
          atPairs += 2;
          both &= both - 1;
        }
      }
      while (w) {
        store<u16>(at, <u16>(first + ctz(w)));
        at += 2;
        w &= w - 1;
      }
    }
    store<u32>(counts + (<usize>x << 3), <u32>((at - start) >> 1));
    store<u32>(counts + (<usize>x << 3), <u32>((atPairs - startOfPairs) >> 1), 4);
  }
}

/**
 * `out[panel][x] (+)= Σ_k b[x, k] matrix[panel][k]`.
 *
 * @param matrix `[panels][32 · stride][32]`, of which the first `32 · words` rows of a panel count; those beyond the last
 * bit must be zero if signed.
 * @param accumulate Whether to add to `out` or to overwrite it.
 * @param pairs Room for the sums of `16 · words` pairs of rows, of this thread alone; 0 if lists have no pairs.
 * @param scratch Room for 16,384 bytes, 16 sums of 32 columns for each of 8 groups, of this thread alone.
 */
export function sumRows(
  bits: usize,
  rows: u32,
  words: u32,
  signed: u32,
  flags: usize,
  lists: usize,
  counts: usize,
  matrix: usize,
  stride: u32,
  panels: u32,
  out: usize,
  accumulate: u32,
  pairs: usize,
  scratch: usize,
  thread: u32,
  threads: u32,
): void {
  // Few panels are shared by cutting the rows.
  const parts: u32 = panels >= threads ? 1 : (threads + panels - 1) / panels;
  const items = panels * parts;
  const lastItem = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < lastItem; item++) {
    const panel = item / parts;
    const part = item % parts;
    const first = rows * part / parts;
    const end = rows * (part + 1) / parts;
    const source = matrix + ((<usize>panel * stride) << 12);
    const target = out + ((<usize>panel * rows) << 7);
    let started = accumulate != 0;
    let listed = false;
    for (let word: u32 = 0; word < words; word++) {
      const flag = load<u8>(flags + word);
      if (flag == LISTED) listed = true;
      if (flag != TABLED) continue;
      const wordBits = bits + ((<usize>word * rows) << 2);
      const wordRows = source + (<usize>word << 12);
      buildTables(wordRows, signed, scratch);
      addFromTables(wordBits, first, end, scratch, target, started);
      started = true;
    }
    if (listed) {
      if (pairs) addPairs(source, words, flags, pairs);
      addListed(lists, counts, words, first, end, source, pairs, target, started);
    } else if (!started) {
      memory.fill(target + (<usize>first << 7), 0, <usize>(end - first) << 7);
    }
  }
}

/** All 16 sums of each group of four out of 32 rows. Signed: a row that is not in a sum is subtracted. */
export function buildTables(rows: usize, signed: u32, tables: usize): void {
  for (let group: u32 = 0; group < 8; group++) {
    const from = rows + (<usize>group << 9);
    const table = tables + (<usize>group << 11);
    for (let column: usize = 0; column < 128; column += 16) {
      let a = v128.load(from + column);
      let b = v128.load(from + column, 128);
      let c = v128.load(from + column, 256);
      let d = v128.load(from + column, 384);
      let zero = f32x4.splat(0);
      if (signed) {
        zero = f32x4.neg(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
        a = f32x4.add(a, a);
        b = f32x4.add(b, b);
        c = f32x4.add(c, c);
        d = f32x4.add(d, d);
      }
      const at = table + column;
      const za = f32x4.add(zero, a);
      const zb = f32x4.add(zero, b);
      const zab = f32x4.add(za, b);
      const zc = f32x4.add(zero, c);
      const zac = f32x4.add(za, c);
      const zbc = f32x4.add(zb, c);
      const zabc = f32x4.add(zab, c);
      v128.store(at, zero);
      v128.store(at, za, 128);
      v128.store(at, zb, 256);
      v128.store(at, zab, 384);
      v128.store(at, zc, 512);
      v128.store(at, zac, 640);
      v128.store(at, zbc, 768);
      v128.store(at, zabc, 896);
      v128.store(at, f32x4.add(zero, d), 1024);
      v128.store(at, f32x4.add(za, d), 1152);
      v128.store(at, f32x4.add(zb, d), 1280);
      v128.store(at, f32x4.add(zab, d), 1408);
      v128.store(at, f32x4.add(zc, d), 1536);
      v128.store(at, f32x4.add(zac, d), 1664);
      v128.store(at, f32x4.add(zbc, d), 1792);
      v128.store(at, f32x4.add(zabc, d), 1920);
    }
  }
}

/** Adds the sums that each row's word picks from the tables; overwrites unless `add`. Half a panel at a time, too. */
export function addFromTables(bits: usize, first: u32, end: u32, tables: usize, out: usize, add: bool): void {
  for (let x = first; x < end; x++) {
    const word = load<u32>(bits + (<usize>x << 2));
    for (let half: usize = 0; half < 128; half += 64) {
      const target = out + (<usize>x << 7) + half;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      if (add) {
        s0 = v128.load(target);
        s1 = v128.load(target, 16);
        s2 = v128.load(target, 32);
        s3 = v128.load(target, 48);
      }
      let table = tables + half;
      const lastTable = table + 16384;
      for (let w = word; table < lastTable; w >>>= 8, table += 4096) {
        const a = table + ((w & 15) << 7);
        const b = table + ((w << 3) & 0x780);
        s0 = f32x4.add(s0, f32x4.add(v128.load(a), v128.load(b, 2048)));
        s1 = f32x4.add(s1, f32x4.add(v128.load(a, 16), v128.load(b, 2064)));
        s2 = f32x4.add(s2, f32x4.add(v128.load(a, 32), v128.load(b, 2080)));
        s3 = f32x4.add(s3, f32x4.add(v128.load(a, 48), v128.load(b, 2096)));
      }
      v128.store(target, s0);
      v128.store(target, s1, 16);
      v128.store(target, s2, 32);
      v128.store(target, s3, 48);
    }
  }
}

/** The sums of neighbouring rows of the listed words. */
export function addPairs(source: usize, words: u32, flags: usize, pairs: usize): void {
  for (let word: u32 = 0; word < words; word++) {
    if (load<u8>(flags + word) != LISTED) continue;
    let from = source + (<usize>word << 12);
    const end = from + 4096;
    let to = pairs + (<usize>word << 11);
    for (; from < end; from += 256, to += 128) {
      v128.store(to, f32x4.add(v128.load(from), v128.load(from, 128)));
      v128.store(to, f32x4.add(v128.load(from, 16), v128.load(from, 144)), 16);
      v128.store(to, f32x4.add(v128.load(from, 32), v128.load(from, 160)), 32);
      v128.store(to, f32x4.add(v128.load(from, 48), v128.load(from, 176)), 48);
      v128.store(to, f32x4.add(v128.load(from, 64), v128.load(from, 192)), 64);
      v128.store(to, f32x4.add(v128.load(from, 80), v128.load(from, 208)), 80);
      v128.store(to, f32x4.add(v128.load(from, 96), v128.load(from, 224)), 96);
      v128.store(to, f32x4.add(v128.load(from, 112), v128.load(from, 240)), 112);
    }
  }
}

/**
 * Adds the listed rows and pairs of rows; overwrites unless `add`.
 */
function addListed(
  lists: usize,
  counts: usize,
  words: u32,
  first: u32,
  end: u32,
  source: usize,
  pairs: usize,
  out: usize,
  add: bool,
): void {
  for (let x = first; x < end; x++) {
    const start = lists + ((<usize>x * words) << 6);
    const startOfPairs = start + (<usize>words << 5);
    const last = start + (<usize>load<u32>(counts + (<usize>x << 3)) << 1);
    const lastPair = startOfPairs + (<usize>load<u32>(counts + (<usize>x << 3), 4) << 1);
    const target = out + (<usize>x << 7);
    let more = add;
    if (startOfPairs < lastPair) {
      addRowsOf(startOfPairs, lastPair, pairs, target, more);
      more = true;
    }
    if (start < last || !more) {
      addRowsOf(start, last, source, target, more);
    }
  }
}

/**
 * The sum of the rows of a list, to `target`: added to it, or in its place. A row at a time: the compiler of the engine
 * loads all operands of a loop before it adds them, and has 15 registers, of which the sums take eight.
 */
export function addRowsOf(at: usize, last: usize, rows: usize, target: usize, add: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0);
  let s7 = f32x4.splat(0);
  if (add) {
    s0 = v128.load(target, 0);
    s1 = v128.load(target, 16);
    s2 = v128.load(target, 32);
    s3 = v128.load(target, 48);
    s4 = v128.load(target, 64);
    s5 = v128.load(target, 80);
    s6 = v128.load(target, 96);
    s7 = v128.load(target, 112);
  }
  for (; at < last; at += 2) {
    const a = rows + (<usize>load<u16>(at) << 7);
    s0 = f32x4.add(s0, v128.load(a, 0));
    s1 = f32x4.add(s1, v128.load(a, 16));
    s2 = f32x4.add(s2, v128.load(a, 32));
    s3 = f32x4.add(s3, v128.load(a, 48));
    s4 = f32x4.add(s4, v128.load(a, 64));
    s5 = f32x4.add(s5, v128.load(a, 80));
    s6 = f32x4.add(s6, v128.load(a, 96));
    s7 = f32x4.add(s7, v128.load(a, 112));
  }
  v128.store(target, s0, 0);
  v128.store(target, s1, 16);
  v128.store(target, s2, 32);
  v128.store(target, s3, 48);
  v128.store(target, s4, 64);
  v128.store(target, s5, 80);
  v128.store(target, s6, 96);
  v128.store(target, s7, 112);
}

/**
 * The same for values: `out[panel][x] (+)= Σ_k values[x, k] matrix[panel][k]`. Zeros are skipped.
 *
 * @param values `[words][rows][32]`.
 */
export function sumScaledRows(
  values: usize,
  rows: u32,
  words: u32,
  matrix: usize,
  stride: u32,
  panels: u32,
  out: usize,
  accumulate: u32,
  thread: u32,
  threads: u32,
): void {
  const parts: u32 = panels >= threads ? 1 : (threads + panels - 1) / panels;
  const items = panels * parts;
  const lastItem = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < lastItem; item++) {
    const panel = item / parts;
    const part = item % parts;
    const end = rows * (part + 1) / parts;
    const source = matrix + ((<usize>panel * stride) << 12);
    for (let x = rows * part / parts; x < end; x++) {
      for (let half: usize = 0; half < 128; half += 64) {
        const target = out + (<usize>(panel * rows + x) << 7) + half;
        let s0 = f32x4.splat(0);
        let s1 = f32x4.splat(0);
        let s2 = f32x4.splat(0);
        let s3 = f32x4.splat(0);
        if (accumulate) {
          s0 = v128.load(target);
          s1 = v128.load(target, 16);
          s2 = v128.load(target, 32);
          s3 = v128.load(target, 48);
        }
        let row = source + half;
        for (let word: u32 = 0; word < words; word++) {
          let at = values + (<usize>(word * rows + x) << 7);
          const last = at + 128;
          for (; at < last; at += 4, row += 128) {
            const value = load<f32>(at);
            if (value == 0) continue;
            const v = f32x4.splat(value);
            s0 = f32x4.add(s0, f32x4.mul(v, v128.load(row)));
            s1 = f32x4.add(s1, f32x4.mul(v, v128.load(row, 16)));
            s2 = f32x4.add(s2, f32x4.mul(v, v128.load(row, 32)));
            s3 = f32x4.add(s3, f32x4.mul(v, v128.load(row, 48)));
          }
        }
        v128.store(target, s0);
        v128.store(target, s1, 16);
        v128.store(target, s2, 32);
        v128.store(target, s3, 48);
      }
    }
  }
}
