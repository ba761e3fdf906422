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

/** Bytes of the tables of eight groups: 16 sums of 32 floats each. */
export const TABLES: u32 = 8 * 16 * 128;

/**
 * Decides for each word of `b` how its rows are summed. `flags`: `[words]`, one byte each.
 *
 * @param signed Bits stand for −1 and 1: tables alone can do that.
 */
export function plan(bits: usize, rows: u32, words: u32, signed: u32, flags: usize, thread: u32, threads: u32): void {
  const end = words * (thread + 1) / threads;
  for (let word = words * thread / threads; word < end; word++) {
    const from = bits + ((<usize>word * rows) << 2);
    let count: u64 = 0;
    for (let x: u32 = 0; x < rows; x++) count += popcnt(load<u32>(from + (<usize>x << 2)));
    // In additions of four floats: a listed row costs some more than its 8; a word of tables 1,700 and some 80 a row.
    const tabled = signed != 0 || (count > 0 && (words > 2048 || count * 10 > 1700 + 80 * <u64>rows));
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
 * @param scratch Room for `TABLES` bytes, of this thread alone.
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
  const parts: u32 = threads == 1 || panels >= 4 * threads ? 1 : threads;
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
function buildTables(rows: usize, signed: u32, tables: usize): void {
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

/** Adds the sums that each row's word picks from the tables; overwrites unless `add`. */
function addFromTables(bits: usize, first: u32, end: u32, tables: usize, out: usize, add: bool): void {
  for (let x = first; x < end; x++) {
    const word = load<u32>(bits + (<usize>x << 2));
    const target = out + (<usize>x << 7);
    let t = tables + ((word << 7) & 0x780);
    let s0 = v128.load(t);
    let s1 = v128.load(t, 16);
    let s2 = v128.load(t, 32);
    let s3 = v128.load(t, 48);
    let s4 = v128.load(t, 64);
    let s5 = v128.load(t, 80);
    let s6 = v128.load(t, 96);
    let s7 = v128.load(t, 112);
    if (add) {
      s0 = f32x4.add(s0, v128.load(target));
      s1 = f32x4.add(s1, v128.load(target, 16));
      s2 = f32x4.add(s2, v128.load(target, 32));
      s3 = f32x4.add(s3, v128.load(target, 48));
      s4 = f32x4.add(s4, v128.load(target, 64));
      s5 = f32x4.add(s5, v128.load(target, 80));
      s6 = f32x4.add(s6, v128.load(target, 96));
      s7 = f32x4.add(s7, v128.load(target, 112));
    }
    t = tables + ((word << 3) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 2048));
    s1 = f32x4.add(s1, v128.load(t, 2064));
    s2 = f32x4.add(s2, v128.load(t, 2080));
    s3 = f32x4.add(s3, v128.load(t, 2096));
    s4 = f32x4.add(s4, v128.load(t, 2112));
    s5 = f32x4.add(s5, v128.load(t, 2128));
    s6 = f32x4.add(s6, v128.load(t, 2144));
    s7 = f32x4.add(s7, v128.load(t, 2160));
    t = tables + ((word >>> 1) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 4096));
    s1 = f32x4.add(s1, v128.load(t, 4112));
    s2 = f32x4.add(s2, v128.load(t, 4128));
    s3 = f32x4.add(s3, v128.load(t, 4144));
    s4 = f32x4.add(s4, v128.load(t, 4160));
    s5 = f32x4.add(s5, v128.load(t, 4176));
    s6 = f32x4.add(s6, v128.load(t, 4192));
    s7 = f32x4.add(s7, v128.load(t, 4208));
    t = tables + ((word >>> 5) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 6144));
    s1 = f32x4.add(s1, v128.load(t, 6160));
    s2 = f32x4.add(s2, v128.load(t, 6176));
    s3 = f32x4.add(s3, v128.load(t, 6192));
    s4 = f32x4.add(s4, v128.load(t, 6208));
    s5 = f32x4.add(s5, v128.load(t, 6224));
    s6 = f32x4.add(s6, v128.load(t, 6240));
    s7 = f32x4.add(s7, v128.load(t, 6256));
    t = tables + ((word >>> 9) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 8192));
    s1 = f32x4.add(s1, v128.load(t, 8208));
    s2 = f32x4.add(s2, v128.load(t, 8224));
    s3 = f32x4.add(s3, v128.load(t, 8240));
    s4 = f32x4.add(s4, v128.load(t, 8256));
    s5 = f32x4.add(s5, v128.load(t, 8272));
    s6 = f32x4.add(s6, v128.load(t, 8288));
    s7 = f32x4.add(s7, v128.load(t, 8304));
    t = tables + ((word >>> 13) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 10240));
    s1 = f32x4.add(s1, v128.load(t, 10256));
    s2 = f32x4.add(s2, v128.load(t, 10272));
    s3 = f32x4.add(s3, v128.load(t, 10288));
    s4 = f32x4.add(s4, v128.load(t, 10304));
    s5 = f32x4.add(s5, v128.load(t, 10320));
    s6 = f32x4.add(s6, v128.load(t, 10336));
    s7 = f32x4.add(s7, v128.load(t, 10352));
    t = tables + ((word >>> 17) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 12288));
    s1 = f32x4.add(s1, v128.load(t, 12304));
    s2 = f32x4.add(s2, v128.load(t, 12320));
    s3 = f32x4.add(s3, v128.load(t, 12336));
    s4 = f32x4.add(s4, v128.load(t, 12352));
    s5 = f32x4.add(s5, v128.load(t, 12368));
    s6 = f32x4.add(s6, v128.load(t, 12384));
    s7 = f32x4.add(s7, v128.load(t, 12400));
    t = tables + ((word >>> 21) & 0x780);
    s0 = f32x4.add(s0, v128.load(t, 14336));
    s1 = f32x4.add(s1, v128.load(t, 14352));
    s2 = f32x4.add(s2, v128.load(t, 14368));
    s3 = f32x4.add(s3, v128.load(t, 14384));
    s4 = f32x4.add(s4, v128.load(t, 14400));
    s5 = f32x4.add(s5, v128.load(t, 14416));
    s6 = f32x4.add(s6, v128.load(t, 14432));
    s7 = f32x4.add(s7, v128.load(t, 14448));
    v128.store(target, s0);
    v128.store(target, s1, 16);
    v128.store(target, s2, 32);
    v128.store(target, s3, 48);
    v128.store(target, s4, 64);
    v128.store(target, s5, 80);
    v128.store(target, s6, 96);
    v128.store(target, s7, 112);
  }
}

/** The sums of neighbouring rows of the listed words. */
function addPairs(source: usize, words: u32, flags: usize, pairs: usize): void {
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

/** Adds the listed rows and pairs of rows; overwrites unless `add`. */
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
    const target = out + (<usize>x << 7);
    let at = lists + ((<usize>x * words) << 6);
    let atPairs = at + (<usize>words << 5);
    const last = at + (<usize>load<u32>(counts + (<usize>x << 3)) << 1);
    const lastPair = atPairs + (<usize>load<u32>(counts + (<usize>x << 3), 4) << 1);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let s4 = f32x4.splat(0);
    let s5 = f32x4.splat(0);
    let s6 = f32x4.splat(0);
    let s7 = f32x4.splat(0);
    if (add) {
      s0 = v128.load(target);
      s1 = v128.load(target, 16);
      s2 = v128.load(target, 32);
      s3 = v128.load(target, 48);
      s4 = v128.load(target, 64);
      s5 = v128.load(target, 80);
      s6 = v128.load(target, 96);
      s7 = v128.load(target, 112);
    }
    for (; atPairs < lastPair; atPairs += 2) {
      const row = pairs + (<usize>load<u16>(atPairs) << 7);
      s0 = f32x4.add(s0, v128.load(row));
      s1 = f32x4.add(s1, v128.load(row, 16));
      s2 = f32x4.add(s2, v128.load(row, 32));
      s3 = f32x4.add(s3, v128.load(row, 48));
      s4 = f32x4.add(s4, v128.load(row, 64));
      s5 = f32x4.add(s5, v128.load(row, 80));
      s6 = f32x4.add(s6, v128.load(row, 96));
      s7 = f32x4.add(s7, v128.load(row, 112));
    }
    for (; at < last; at += 2) {
      const row = source + (<usize>load<u16>(at) << 7);
      s0 = f32x4.add(s0, v128.load(row));
      s1 = f32x4.add(s1, v128.load(row, 16));
      s2 = f32x4.add(s2, v128.load(row, 32));
      s3 = f32x4.add(s3, v128.load(row, 48));
      s4 = f32x4.add(s4, v128.load(row, 64));
      s5 = f32x4.add(s5, v128.load(row, 80));
      s6 = f32x4.add(s6, v128.load(row, 96));
      s7 = f32x4.add(s7, v128.load(row, 112));
    }
    v128.store(target, s0);
    v128.store(target, s1, 16);
    v128.store(target, s2, 32);
    v128.store(target, s3, 48);
    v128.store(target, s4, 64);
    v128.store(target, s5, 80);
    v128.store(target, s6, 96);
    v128.store(target, s7, 112);
  }
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
  const parts: u32 = threads == 1 || panels >= 4 * threads ? 1 : threads;
  const items = panels * parts;
  const lastItem = items * (thread + 1) / threads;
  for (let item = items * thread / threads; item < lastItem; item++) {
    const panel = item / parts;
    const part = item % parts;
    const end = rows * (part + 1) / parts;
    const source = matrix + ((<usize>panel * stride) << 12);
    for (let x = rows * part / parts; x < end; x++) {
      const target = out + (<usize>(panel * rows + x) << 7);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let s4 = f32x4.splat(0);
      let s5 = f32x4.splat(0);
      let s6 = f32x4.splat(0);
      let s7 = f32x4.splat(0);
      if (accumulate) {
        s0 = v128.load(target);
        s1 = v128.load(target, 16);
        s2 = v128.load(target, 32);
        s3 = v128.load(target, 48);
        s4 = v128.load(target, 64);
        s5 = v128.load(target, 80);
        s6 = v128.load(target, 96);
        s7 = v128.load(target, 112);
      }
      for (let word: u32 = 0; word < words; word++) {
        const from = values + (<usize>(word * rows + x) << 7);
        const wordRows = source + (<usize>word << 12);
        for (let k: usize = 0; k < 32; k++) {
          const value = load<f32>(from + (k << 2));
          if (value == 0) continue;
          const row = wordRows + (k << 7);
          const v = f32x4.splat(value);
          s0 = f32x4.add(s0, f32x4.mul(v, v128.load(row)));
          s1 = f32x4.add(s1, f32x4.mul(v, v128.load(row, 16)));
          s2 = f32x4.add(s2, f32x4.mul(v, v128.load(row, 32)));
          s3 = f32x4.add(s3, f32x4.mul(v, v128.load(row, 48)));
          s4 = f32x4.add(s4, f32x4.mul(v, v128.load(row, 64)));
          s5 = f32x4.add(s5, f32x4.mul(v, v128.load(row, 80)));
          s6 = f32x4.add(s6, f32x4.mul(v, v128.load(row, 96)));
          s7 = f32x4.add(s7, f32x4.mul(v, v128.load(row, 112)));
        }
      }
      v128.store(target, s0);
      v128.store(target, s1, 16);
      v128.store(target, s2, 32);
      v128.store(target, s3, 48);
      v128.store(target, s4, 64);
      v128.store(target, s5, 80);
      v128.store(target, s6, 96);
      v128.store(target, s7, 112);
    }
  }
}
