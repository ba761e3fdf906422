import type { RbmError } from '@rbm/core';
import { argumentKinds, checkArgument, optional } from '@rbm/core/contracts';
import { fileInvalid } from './file-invalid.js';

/** An array of unsigned bytes as IDX files hold it, row-major. */
export interface IdxArray {
  /** One entry an axis; the first counts the items. */
  readonly shape: readonly number[];
  /** `[product of shape]`, sharing memory with the bytes of the file. */
  readonly data: Uint8Array;
}

/** An array of numbers of any type that IDX files have, row-major. */
export interface IdxNumbers {
  /** One entry an axis; the first counts the items. */
  readonly shape: readonly number[];
  /** `[product of shape]`. Bytes share memory with the bytes of the file. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** An element type. */
export interface IdxType {
  /** Bytes an element. */
  readonly size: number;
  readonly make: (length: number) => IdxNumbers['data'];
  readonly read: (view: DataView, at: number) => number;
}

/** Element types by their code: bytes an element, and how one is read (big-endian). */
const types: Readonly<Record<8 | 9 | 11 | 12 | 13 | 14, IdxType>> = {
  8: { size: 1, make: (n: number) => new Uint8Array(n), read: (view: DataView, at: number) => view.getUint8(at) },
  9: { size: 1, make: (n: number) => new Int8Array(n), read: (view: DataView, at: number) => view.getInt8(at) },
  11: { size: 2, make: (n: number) => new Int16Array(n), read: (view: DataView, at: number) => view.getInt16(at) },
  12: { size: 4, make: (n: number) => new Int32Array(n), read: (view: DataView, at: number) => view.getInt32(at) },
  13: { size: 4, make: (n: number) => new Float32Array(n), read: (view: DataView, at: number) => view.getFloat32(at) },
  14: { size: 8, make: (n: number) => new Float64Array(n), read: (view: DataView, at: number) => view.getFloat64(at) },
};

const BYTES = 8;

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST: two zero bytes, the type `0x08`, the number of axes, each
 * axis length as a big-endian 32-bit integer, then the bytes and nothing more. `decodeIdx` reads other element types.
 *
 * @param bytes the whole file, decompressed
 * @param name what errors call the file, usually its path
 * @param axes if given, the shape that is expected: a number for an axis of that length, null for one of any length
 * @see https://yann.lecun.com/exdb/mnist/ "The IDX file format"
 * @throws RbmError `FILE_INVALID`, naming the file, the byte offset, what was expected and what was found
 */
export function parseIdx(bytes: Uint8Array, name: string, axes?: readonly (number | null)[]): IdxArray {
  checkFile('parseIdx', bytes, name);
  checkArgument('parseIdx', 'axes', axes, optional({ ...argumentKinds.array, example: '[null, 28, 28]' }));
  const { magic, rank } = readMagic(bytes, name);
  if (magic >>> 8 !== BYTES || rank === 0 || (axes && rank !== axes.length)) {
    const expected = axes
      ? `the magic number ${hex(0x0800 + axes.length)} (unsigned bytes, axes: ${axes.length})`
      : 'a magic number from 0x00000801 (unsigned bytes, axes: 1) to 0x000008ff';
    throw wrongMagic(magic, expected, name);
  }
  const { shape, start } = readShape(bytes, rank, 1, name, axes);
  return { shape, data: bytes.subarray(start) };
}

function checkFile(owner: string, bytes: Uint8Array, name: string): void {
  checkArgument(owner, 'bytes', bytes, argumentKinds.bytes);
  checkArgument(owner, 'name', name, { ...argumentKinds.text, example: "'a file'" });
}

/**
 * Reads an IDX file of any of its element types: bytes with and without a sign, integers of 16 and 32 bits, floats of 32
 * and 64 bits.
 *
 * @param bytes the whole file, decompressed
 * @param name what errors call the file, usually its path
 * @see https://yann.lecun.com/exdb/mnist/ "The IDX file format"
 * @throws RbmError `FILE_INVALID` as `parseIdx`
 */
export function decodeIdx(bytes: Uint8Array, name: string): IdxNumbers {
  checkFile('decodeIdx', bytes, name);
  const { type, shape, start } = readIdxHeader(bytes, name, bytes.length);
  if (type === types[BYTES]) return { shape, data: bytes.subarray(start) };
  const data = type.make((bytes.length - start) / type.size);
  decodeInto(bytes.subarray(start), type, data);
  return { shape, data };
}

/** What the header of an IDX file says. */
export interface IdxLayout {
  readonly type: IdxType;
  readonly shape: readonly number[];
  /** Where the data begin. */
  readonly start: number;
}

/** The longest header. */
export const IDX_HEADER_BYTES: number = 4 + 4 * 255;

/**
 * Reads the header of an IDX file.
 *
 * @param bytes The file, or its beginning: `IDX_HEADER_BYTES` are enough.
 * @param length Of the whole file.
 * @throws RbmError as `decodeIdx`
 */
export function readIdxHeader(bytes: Uint8Array, name: string, length: number): IdxLayout {
  const { magic, rank } = readMagic(bytes, name);
  const type = Object.hasOwn(types, magic >>> 8) ? types[(magic >>> 8) as keyof typeof types] : undefined;
  if (!type || rank === 0) {
    const expected = 'two zero bytes, an element type of 8, 9, 11, 12, 13 or 14, and a number of axes from 1';
    throw wrongMagic(magic, expected, name);
  }
  return { type, ...readShape(bytes, rank, type.size, name, undefined, length) };
}

/** Fills an array with numbers as IDX files have them, one after the other. */
export function decodeInto(bytes: Uint8Array, { size, read }: IdxType, out: IdxNumbers['data']): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < bytes.length / size; i++) out[i] = read(view, i * size);
}

function readMagic(bytes: Uint8Array, name: string): { magic: number; rank: number } {
  if (bytes.length < 4) throw fileInvalid(name, bytes.length, 'a magic number of 4 bytes', 'the end of the file');
  const magic = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  return { magic, rank: magic & 0xff };
}

function wrongMagic(magic: number, expected: string, name: string): RbmError {
  const gzip = magic >>> 16 === 0x1f8b ? ', which begins a gzip file: decompress it first' : '';
  return fileInvalid(name, 0, expected, hex(magic) + gzip);
}

function readShape(
  bytes: Uint8Array,
  rank: number,
  size: number,
  name: string,
  axes?: readonly (number | null)[],
  length = bytes.length,
): { shape: number[]; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw fileInvalid(name, bytes.length, `a header of ${start} bytes`, 'the end of the file');
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  axes?.forEach((wanted, axis) => {
    if (wanted === null || wanted === shape[axis]) return;
    throw fileInvalid(name, 4 + 4 * axis, `length ${wanted} of axis ${axis}`, String(shape[axis]));
  });
  const end = start + shape.reduce((product, extent) => product * extent, size);
  if (length !== end) {
    const elements = `${shape.join(' × ')} elements${size > 1 ? ` of ${size} bytes` : ''}`;
    const expected = `${end} bytes in the file (a header of ${start} and ${elements})`;
    throw fileInvalid(name, Math.min(length, end), expected, String(length));
  }
  return { shape, start };
}

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, '0')}`;
}
