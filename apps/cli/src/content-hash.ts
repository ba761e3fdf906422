import { createHash, type Hash } from 'node:crypto';
import type { SampleArray, Samples } from '@rbm/core';

/** The most hashes that a model file keeps: 64 KiB of them. */
const MOST_HASHES = 8192;

/**
 * SHA-256 of parsed values, in hexadecimal: the same for the same numbers, whatever file they come from. Hashed are the text
 * `ROWS COLUMNS TYPE\n` and the values of all parts, row by row: as bytes (`u1`) if all are whole numbers from 0 to 255, else
 * as little-endian float64 (`f8`).
 */
export function hashValues(parts: readonly Samples[]): string {
  const rows = parts.reduce((sum, { count }) => sum + count, 0);
  const areAllBytes = parts.every(({ values }) => areBytes(values));
  const hash = createHash('sha256').update(`${rows} ${parts[0]?.width ?? 0} ${areAllBytes ? 'u1' : 'f8'}\n`);
  const step = 2 ** 16;
  for (const { values } of parts) {
    for (let start = 0; start < values.length; start += step) {
      const some = values.subarray(start, start + step);
      hash.update(areAllBytes ? Uint8Array.from(some) : littleEndian(Float64Array, some));
    }
  }
  return hash.digest('hex');
}

/** The hash of `hashValues`, of values that come in parts. */
export class RunningHash {
  /** While all values are whole numbers from 0 to 255. */
  #bytes: Hash | undefined;
  /** Not of a source of bytes. */
  readonly #floats: Hash | undefined;

  /** @param areAllBytes Whether they are known to be bytes. */
  constructor(rows: number, columns: number, areAllBytes: boolean) {
    const begin = (type: string): Hash => createHash('sha256').update(`${rows} ${columns} ${type}\n`);
    this.#bytes = begin('u1');
    this.#floats = areAllBytes ? undefined : begin('f8');
  }

  add(values: SampleArray): void {
    if (this.#bytes && areBytes(values)) this.#bytes.update(Uint8Array.from(values));
    else this.#bytes = undefined;
    this.#floats?.update(littleEndian(Float64Array, values));
  }

  digest(): string {
    return (this.#bytes ?? (this.#floats as Hash)).digest('hex');
  }
}

/**
 * The first 64 bits of the SHA-256 of each row: of its values as bytes if all are whole numbers from 0 to 255, else as
 * little-endian float32.
 *
 * @returns `[count]`
 */
export function hashRows({ values, count, width }: Samples): BigUint64Array {
  return BigUint64Array.from({ length: count }, (_, n) => {
    const row = values.subarray(n * width, (n + 1) * width);
    const bytes = areBytes(row) ? Uint8Array.from(row) : littleEndian(Float32Array, row);
    return createHash('sha256').update(bytes).digest().readBigUInt64BE(0);
  });
}

/** Hashes of different rows: all of them, or the smallest ones, which stand for a random choice of rows. */
export interface HashedRows {
  /** In increasing order. */
  readonly hashes: BigUint64Array;
  /** All different rows, with those whose hashes are not kept. */
  readonly distinct: number;
}

/** The different ones among hashes. */
export function distinctRows(hashes: BigUint64Array): BigUint64Array {
  return hashes
    .slice()
    .sort()
    .filter((hash, n, sorted) => n === 0 || hash !== sorted[n - 1]);
}

/** Hashes as a model file keeps them: `[hashes, 2]`, high and low half. Only the smallest, if there are many. */
export function packHashes(distinct: BigUint64Array): Uint32Array {
  const kept = distinct.subarray(0, MOST_HASHES);
  const packed = new Uint32Array(2 * kept.length);
  kept.forEach((hash, n) => {
    packed[2 * n] = Number(hash >> 32n);
    packed[2 * n + 1] = Number(hash & 0xffffffffn);
  });
  return packed;
}

/** The inverse of `packHashes`. */
export function unpackHashes(packed: Uint32Array): BigUint64Array {
  return BigUint64Array.from(
    { length: packed.length / 2 },
    (_, n) => (BigInt(packed[2 * n] as number) << 32n) | BigInt(packed[2 * n + 1] as number),
  );
}

/** Which of some rows are among others. */
export interface FoundRows {
  /** Indices of those found. */
  readonly rows: readonly number[];
  /** How many could be looked up: all, unless only the smallest hashes of the others are known. */
  readonly checked: number;
}

/** Looks up each row among others. */
export function findRows(hashes: BigUint64Array, among: HashedRows): FoundRows {
  const known = new Set(among.hashes);
  const isComplete = among.hashes.length >= among.distinct;
  const last = among.hashes.at(-1) ?? 0n;
  const rows: number[] = [];
  let checked = 0;
  hashes.forEach((hash, n) => {
    if (isComplete || hash <= last) checked++;
    if (known.has(hash)) rows.push(n);
  });
  return { rows, checked };
}

function areBytes(values: SampleArray): boolean {
  if (values instanceof Uint8Array) return true;
  for (let i = 0; i < values.length; i++) if (((values[i] as number) & 255) !== values[i]) return false;
  return true;
}

const hostIsLittleEndian: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of values in one type. Minus zero is zero. */
function littleEndian(Type: typeof Float32Array | typeof Float64Array, values: SampleArray): Uint8Array {
  const numbers = new Type(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = (values[i] as number) + 0;
  const bytes = Buffer.from(numbers.buffer);
  if (hostIsLittleEndian) return bytes;
  return Type === Float32Array ? bytes.swap32() : bytes.swap64();
}
