import { RbmError } from '@rbm/core';
import { argumentKinds, checkArgument } from '@rbm/core/contracts';
import { checkShape, countElements } from './array-shape.js';
import { checkBytes } from './check-bytes.js';
import { type ElementArray, type ElementKind, elementBytes, readElements, writeElements } from './elements.js';
import { fileInvalid } from './file-invalid.js';
import { MOST_AXES } from './limits.js';

/** An array of any number of axes, row-major (C order). */
export interface NpyArray {
  readonly shape: readonly number[];
  /** `[product of shape]`. */
  readonly data: ElementArray;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
const alignment = 64;
/** What version 1.0 can hold, and far more than NumPy writes for a plain array (it refuses headers above 10,000). */
const maxHeaderBytes = 0xffff;
/** The longest beginning of a file that `readNpyHeader` looks at. */
export const NPY_HEADER_BYTES: number = 12 + maxHeaderBytes;

/** NumPy's type codes less the byte order. */
const kinds: Readonly<Record<string, ElementKind>> = {
  f8: 'f64',
  f4: 'f32',
  f2: 'f16',
  i8: 'i64',
  i4: 'i32',
  i2: 'i16',
  i1: 'i8',
  u8: 'u64',
  u4: 'u32',
  u2: 'u16',
  u1: 'u8',
  b1: 'bool',
};

/**
 * Writes an array as a version 1.0 npy file, little-endian and in C order, as `numpy.save` does.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws RbmError `SHAPE_MISMATCH` if the shape does not describe the data, `ARGUMENT_INVALID` for data of another
 *   type, `SIZE_LIMIT` for a shape with thousands of axes
 */
export function encodeNpy(array: NpyArray): Uint8Array {
  checkArgument('encodeNpy', 'array', array, { ...argumentKinds.record, example: '{ shape, data }' });
  const { shape, data } = array;
  checkArgument('encodeNpy', 'shape', shape, { ...argumentKinds.array, example: '[2, 3]' });
  checkArgument('encodeNpy', 'data', data, argumentKinds.numbers);
  checkShape('The npy array', shape, data.length);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${typeCode(data)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefixBytes = magic.length + 4;
  const dataStart = Math.ceil((prefixBytes + text.length + 1) / alignment) * alignment;
  const headerBytes = dataStart - prefixBytes;
  if (headerBytes > maxHeaderBytes) {
    throw new RbmError('SIZE_LIMIT', `A shape of ${shape.length} axes does not fit an npy header; use fewer axes.`);
  }
  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set(magic);
  bytes.set([1, 0, headerBytes & 0xff, headerBytes >> 8], magic.length);
  bytes.set(new TextEncoder().encode(`${text.padEnd(headerBytes - 1)}\n`), prefixBytes);
  writeElements(bytes, dataStart, data);
  return bytes;
}

/**
 * Reads an npy file of version 1.0, 2.0 or 3.0: floats of 16, 32 and 64 bits, integers of 8 to 64 bits and booleans,
 * of either byte order. Arrays in Fortran order are brought into C order. 16-bit floats become float32, booleans bytes
 * of 0 and 1, and 64-bit integers float64.
 *
 * @param name what errors call the file, usually its path
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws RbmError `FILE_INVALID`, naming the byte, if the content contradicts the format, has another element type, or
 *   holds an integer that float64 cannot
 */
export function decodeNpy(bytes: Uint8Array, name: string): NpyArray {
  checkBytes('decodeNpy', bytes, name);
  const { kind, littleEndian, fortranOrder, shape, count, dataStart } = readNpyHeader(bytes, name, bytes.length);
  const data = readElements(bytes, { kind, count, offset: dataStart, littleEndian }, name);
  return { shape, data: fortranOrder ? toRowMajor(data, shape) : data };
}

/** What the header of an npy file says, and where the data begin. */
export interface NpyLayout {
  readonly kind: ElementKind;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The product of `shape`. */
  readonly count: number;
  readonly dataStart: number;
}

/**
 * Reads the header of an npy file.
 *
 * @param bytes The file, or its beginning: `NPY_HEADER_BYTES` are enough.
 * @param length Of the whole file.
 * @throws RbmError as `decodeNpy`
 */
export function readNpyHeader(bytes: Uint8Array, name: string, length: number): NpyLayout {
  const { text, start, dataStart } = readHeader(bytes, name);
  const { descr, fortranOrder, shape } = parseHeader(text, start, name);
  const code = /^([<>|])(\w+)$/.exec(descr);
  const kind = code && Object.hasOwn(kinds, code[2] as string) ? kinds[code[2] as string] : undefined;
  if (code === null || kind === undefined || (code[1] === '|' && elementBytes[kind] > 1)) {
    const known = `numbers of a type among ${Object.keys(kinds).join(', ')}, after < or > for the byte order`;
    throw fileInvalid(name, start, known, `'${descr}' (convert it in NumPy with astype)`);
  }
  if (shape.length > MOST_AXES) throw fileInvalid(name, start, `at most ${MOST_AXES} axes`, String(shape.length));
  const count = countElements(shape);
  if (count === undefined) throw fileInvalid(name, start, 'a shape that can be counted', `(${shape.join(', ')})`);
  const expectedBytes = count * elementBytes[kind];
  if (dataStart + expectedBytes !== length) {
    throw fileInvalid(
      name,
      Math.min(dataStart + expectedBytes, length),
      `${expectedBytes} bytes of data for '${descr}' numbers of shape (${shape.join(', ')})`,
      `${length - dataStart} bytes`,
    );
  }
  return { kind, littleEndian: code[1] !== '>', fortranOrder, shape, count, dataStart };
}

function typeCode(data: ElementArray): string {
  if (data instanceof Float64Array) return '<f8';
  if (data instanceof Float32Array) return '<f4';
  if (data instanceof Int32Array) return '<i4';
  if (data instanceof Uint32Array) return '<u4';
  if (data instanceof Int16Array) return '<i2';
  if (data instanceof Uint16Array) return '<u2';
  if (data instanceof Int8Array) return '|i1';
  if (data instanceof Uint8Array) return '|u1';
  throw new RbmError(
    'ARGUMENT_INVALID',
    `Cannot write ${Object.prototype.toString.call(data).slice(8, -1)} as npy; ` +
      'expected a typed array of floats or of integers of at most 32 bits.',
  );
}

function readHeader(bytes: Uint8Array, name: string): { text: string; start: number; dataStart: number } {
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    const found = Array.from(bytes.subarray(0, magic.length), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw fileInvalid(name, 0, 'the npy magic bytes 93 4e 55 4d 50 59', found || 'an empty file');
  }
  const [major, minor] = [bytes[6], bytes[7]];
  if (minor !== 0 || (major !== 1 && major !== 2 && major !== 3)) {
    throw fileInvalid(name, 6, 'npy version 1.0, 2.0 or 3.0', `version ${major ?? 'missing'}.${minor ?? 'missing'}`);
  }
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw fileInvalid(name, 8, 'a header length', `a file of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const available = Math.min(bytes.length - start, maxHeaderBytes);
  if (length > available) throw fileInvalid(name, 8, `a header length of at most ${available}`, String(length));
  // Version 3.0 allows UTF-8, but only for the names of fields, and arrays with fields are refused.
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  return { text, start, dataStart: start + length };
}

interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

/** Reads the header: a Python dictionary of exactly the keys `descr`, `fortran_order` and `shape`. */
function parseHeader(text: string, start: number, name: string): NpyHeader {
  const expected = "a Python dictionary with 'descr' (a plain type), 'fortran_order' and 'shape'";
  const refuse = (): RbmError => fileInvalid(name, start, expected, JSON.stringify(text.trim().slice(0, 120)));
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw refuse();
  const values = new Map<string, string>();
  const entry = /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d\s,L]*\))\s*(?:,|$)/y;
  let end = 0;
  while (body.slice(end).trim() !== '') {
    const match = entry.exec(body);
    if (match === null || values.has(match[1] as string)) throw refuse();
    values.set(match[1] as string, match[2] as string);
    end = entry.lastIndex;
  }
  const descr = /^'(.*)'$/.exec(values.get('descr') ?? '')?.[1];
  const order = /^(True|False)$/.exec(values.get('fortran_order') ?? '')?.[1];
  // Python 2 wrote long integers: (60L, 8L).
  const axes = /^\(\s*((?:\d+\s*,\s*)*)(\d*)\s*\)$/.exec(values.get('shape')?.replace(/(\d)L/g, '$1') ?? '');
  if (values.size !== 3 || descr === undefined || order === undefined || axes === null) throw refuse();
  // Every length but the last is followed by a comma; a single one must be, or it is a number in brackets.
  const lengths = `${axes[1]}${axes[2]}`.split(',').filter((item) => item.trim() !== '');
  if (lengths.length === 1 && axes[1] === '') throw refuse();
  return { descr, fortranOrder: order === 'True', shape: lengths.map(Number) };
}

/** Brings `data` of `shape` from column-major order (first index fastest) into row-major order. */
export function toRowMajor(data: ElementArray, shape: readonly number[]): ElementArray {
  const sorted = data.slice();
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const index = new Array<number>(shape.length).fill(0);
  let target = 0;
  for (const value of data) {
    sorted[target] = value;
    for (let axis = 0; axis < shape.length; axis++) {
      const stride = strides[axis] as number;
      const length = shape[axis] as number;
      const next = (index[axis] as number) + 1;
      target += stride;
      index[axis] = next;
      if (next < length) break;
      index[axis] = 0;
      target -= stride * length;
    }
  }
  return sorted;
}
