import { fileInvalid } from './file-invalid.js';

/** An array of unsigned bytes as IDX files hold it, row-major. */
export interface IdxArray {
  /** One entry an axis; the first counts the items. */
  readonly shape: readonly number[];
  /** `[product of shape]`, sharing memory with the bytes of the file. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST: two zero bytes, the type `0x08`, the number of axes, each
 * axis length as a big-endian 32-bit integer, then the bytes and nothing more. Other element types are not read.
 *
 * @param bytes the whole file, decompressed
 * @param name what errors call the file, usually its path
 * @param axes if given, the shape that is expected: a number for an axis of that length, null for one of any length
 * @see https://yann.lecun.com/exdb/mnist/ "The IDX file format"
 * @throws RbmError `FILE_INVALID`, naming the file, the byte offset, what was expected and what was found
 */
export function parseIdx(bytes: Uint8Array, name: string, axes?: readonly (number | null)[]): IdxArray {
  if (bytes.length < 4) throw fileInvalid(name, bytes.length, 'a magic number of 4 bytes', 'the end of the file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const rank = magic & 0xff;
  if (magic >>> 8 !== 0x08 || rank === 0 || (axes && rank !== axes.length)) {
    const expected = axes
      ? `the magic number ${hex(0x0800 + axes.length)} (unsigned bytes, axes: ${axes.length})`
      : 'a magic number from 0x00000801 (unsigned bytes, axes: 1) to 0x000008ff';
    const gzip = magic >>> 16 === 0x1f8b ? ', which begins a gzip file: decompress it first' : '';
    throw fileInvalid(name, 0, expected, hex(magic) + gzip);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw fileInvalid(name, bytes.length, `a header of ${start} bytes`, 'the end of the file');
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  axes?.forEach((length, axis) => {
    if (length === null || length === shape[axis]) return;
    throw fileInvalid(name, 4 + 4 * axis, `length ${length} of axis ${axis}`, String(shape[axis]));
  });
  const end = start + shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== end) {
    const expected = `${end} bytes in the file (a header of ${start} and ${shape.join(' × ')} elements)`;
    throw fileInvalid(name, Math.min(bytes.length, end), expected, String(bytes.length));
  }
  return { shape, data: bytes.subarray(start) };
}

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, '0')}`;
}
