import { fileInvalid } from './file-invalid.js';

/** Host arrays that the formats of this package read into and write from. */
export type ElementArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** How one number is stored in a file, byte order aside. */
export type ElementKind =
  | 'f64'
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'i64'
  | 'u64'
  | 'i32'
  | 'u32'
  | 'i16'
  | 'u16'
  | 'i8'
  | 'u8'
  | 'bool';

/** Bytes that one number of each kind takes. */
export const elementBytes: Readonly<Record<ElementKind, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  u64: 8,
  i32: 4,
  u32: 4,
  i16: 2,
  u16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
};

/** Where a run of numbers lies in a file, and how it is stored. */
export interface ElementRun {
  readonly kind: ElementKind;
  readonly count: number;
  readonly offset: number;
  readonly littleEndian: boolean;
  /** The byte of the file at which the run begins, for messages (default: `offset`). */
  readonly place?: number;
}

const hostIsLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reads `run.count` numbers, which must lie inside `bytes`, into a new array that shares no memory with `bytes`.
 * 16-bit floats become float32 and booleans bytes; 64-bit integers become float64.
 *
 * @throws RbmError `FILE_INVALID` for a boolean other than 0 and 1, and for a 64-bit integer that float64 cannot hold
 */
export function readElements(bytes: Uint8Array, run: ElementRun, name: string): ElementArray {
  const { kind, count, offset, littleEndian, place = offset } = run;
  const size = elementBytes[kind];
  // Not `bytes.slice`, which for Node's Buffer is a view: the copy is what aligns the numbers.
  const copy = new Uint8Array(count * size);
  copy.set(bytes.subarray(offset, offset + copy.length));
  if (littleEndian !== hostIsLittleEndian) reverseEach(copy, size);
  const { buffer } = copy;
  switch (kind) {
    case 'f64':
      return new Float64Array(buffer);
    case 'f32':
      return new Float32Array(buffer);
    case 'f16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'bf16':
      return bfloatToFloat(new Uint16Array(buffer));
    case 'i64':
      return integersToFloat(new BigInt64Array(buffer), place, name);
    case 'u64':
      return integersToFloat(new BigUint64Array(buffer), place, name);
    case 'i32':
      return new Int32Array(buffer);
    case 'u32':
      return new Uint32Array(buffer);
    case 'i16':
      return new Int16Array(buffer);
    case 'u16':
      return new Uint16Array(buffer);
    case 'i8':
      return new Int8Array(buffer);
    case 'u8':
      return copy;
    case 'bool':
      return checkBooleans(copy, place, name);
  }
}

/** Writes `data` little-endian into `target` from `offset` on, where it must fit. */
export function writeElements(target: Uint8Array, offset: number, data: ElementArray): void {
  const written = target.subarray(offset, offset + data.byteLength);
  written.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!hostIsLittleEndian) reverseEach(written, data.BYTES_PER_ELEMENT);
}

/** An empty array of `count` numbers, of the type that `readElements` gives for a kind. */
export function emptyElements(kind: ElementKind, count: number): ElementArray {
  switch (kind) {
    case 'f64':
    case 'i64':
    case 'u64':
      return new Float64Array(count);
    case 'f32':
    case 'f16':
    case 'bf16':
      return new Float32Array(count);
    case 'i32':
      return new Int32Array(count);
    case 'u32':
      return new Uint32Array(count);
    case 'i16':
      return new Int16Array(count);
    case 'u16':
      return new Uint16Array(count);
    case 'i8':
      return new Int8Array(count);
    case 'u8':
    case 'bool':
      return new Uint8Array(count);
  }
}

function reverseEach(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

/** IEEE 754 binary16: a sign, 5 bits of exponent (bias 15), 10 bits of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** A bfloat16 is the upper half of a float32. */
function bfloatToFloat(halves: Uint16Array): Float32Array {
  const words = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(words.buffer);
}

function integersToFloat(integers: BigInt64Array | BigUint64Array, offset: number, name: string): Float64Array {
  const floats = new Float64Array(integers.length);
  for (let i = 0; i < floats.length; i++) {
    const integer = integers[i] as bigint;
    const float = Number(integer);
    if (!Number.isSafeInteger(float)) {
      throw fileInvalid(name, offset + 8 * i, 'an integer of at most 2^53 - 1 in magnitude', String(integer));
    }
    floats[i] = float;
  }
  return floats;
}

function checkBooleans(bytes: Uint8Array, offset: number, name: string): Uint8Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong >= 0) throw fileInvalid(name, offset + wrong, 'a boolean stored as 0 or 1', String(bytes[wrong]));
  return bytes;
}
