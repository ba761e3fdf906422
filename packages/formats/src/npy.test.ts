import { RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import type { ElementArray } from './elements.js';
import files from './fixtures/numpy.json' with { type: 'json' };
import { decodeNpy, encodeNpy } from './npy.js';

const file = (key: keyof typeof files): Uint8Array => new Uint8Array(Buffer.from(files[key], 'base64'));
const signed = [1, -2, 3, 4, 5, -6];
const unsigned = [1, 2, 3, 4, 5, 6];

/** A version 1.0 file with any header. */
function fileWith(header: string, dataBytes = 0): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + dataBytes);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

function errorOf(work: () => unknown): RbmError {
  try {
    work();
  } catch (error) {
    if (RbmError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('expected an RbmError');
}

describe('decodeNpy', () => {
  it.each<[code: keyof typeof files, data: ElementArray]>([
    ['<f8', Float64Array.from(signed)],
    ['>f8', Float64Array.from(signed)],
    ['<f4', Float32Array.from(signed)],
    ['>f4', Float32Array.from(signed)],
    ['<f2', Float32Array.from(signed)],
    ['>f2', Float32Array.from(signed)],
    ['<i8', Float64Array.from(signed)],
    ['>i8', Float64Array.from(signed)],
    ['<i4', Int32Array.from(signed)],
    ['>i4', Int32Array.from(signed)],
    ['<i2', Int16Array.from(signed)],
    ['>i2', Int16Array.from(signed)],
    ['|i1', Int8Array.from(signed)],
    ['<u8', Float64Array.from(unsigned)],
    ['>u8', Float64Array.from(unsigned)],
    ['<u4', Uint32Array.from(unsigned)],
    ['>u4', Uint32Array.from(unsigned)],
    ['<u2', Uint16Array.from(unsigned)],
    ['>u2', Uint16Array.from(unsigned)],
    ['|u1', Uint8Array.from(unsigned)],
    ['|b1', Uint8Array.of(1, 0, 1, 1, 1, 0)],
    ['version 2', Float32Array.from(signed)],
    ['version 3', Float32Array.from(signed)],
    ['fortran', Float32Array.from(signed)],
  ])('reads %s as NumPy wrote it', (code, data) => {
    expect(decodeNpy(file(code), code)).toEqual({ shape: [2, 3], data });
  });

  it('reads arrays of other numbers of axes', () => {
    expect(decodeNpy(file('scalar'), 'x')).toEqual({ shape: [], data: Float64Array.of(2.5) });
    expect(decodeNpy(file('vector'), 'x')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
    expect(decodeNpy(file('empty'), 'x')).toEqual({ shape: [0, 3], data: new Float32Array(0) });
    const cube = { shape: [2, 3, 4], data: Int16Array.from({ length: 24 }, (_, i) => i) };
    expect(decodeNpy(file('fortran cube'), 'x')).toEqual(cube);
  });

  it('widens 16-bit floats exactly, subnormal, infinite and NaN ones too', () => {
    const { data } = decodeNpy(file('half range'), 'x');
    const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;
    expect(data).toEqual(Float32Array.of(2 ** -24, -1023 * 2 ** -24, 1.5, 65504, -0, infinity, -infinity, nan));
  });

  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  it.each<[fault: string, bytes: Uint8Array, message: RegExp]>([
    ['nothing', new Uint8Array(0), /byte 0, expected the npy magic bytes .* found an empty file/],
    ['another kind of file', Uint8Array.of(80, 75, 3, 4, 0, 0, 0), /byte 0, .* found 50 4b 03 04 00 00/],
    ['a file of its magic bytes', file('<f4').subarray(0, 6), /byte 6, .* found version missing/],
    ['a later version', file('<f4').with(6, 4), /byte 6, .* found version 4\.0/],
    ['a file without a header length', file('version 2').subarray(0, 11), /byte 8, expected a header length/],
    ['a cut header', file('<f4').subarray(0, 100), /byte 8, expected a header length of at most 90, found 118/],
    ['complex numbers', file('complex'), /byte 10, expected numbers of a type among .* found '<c8'/],
    ['text', file('text'), /found '<U2'/],
    ['fields', file('fields'), /'descr' \(a plain type\)/],
    ['a type without byte order', fileWith(header.replace('<f4', '|f4'), 4), /found '\|f4'/],
    ['an inherited type', fileWith(header.replace('<f4', '<constructor'), 4), /found '<constructor'/],
    ['integers that float64 cannot hold', file('too large'), /byte 136, expected an integer .* found 9007199254740992/],
    ['cut data', file('<f4').subarray(0, 151), /byte 151, expected 24 bytes of data .*\(2, 3\), found 23 bytes/],
    ['bytes at the end', Buffer.concat([file('<f4'), Buffer.of(0)]), /byte 152, expected 24 bytes .* found 25 bytes/],
    ['an absurd shape', fileWith(header.replace('1,', '9999999999, 9999999999'), 4), /a shape that can be counted/],
    ['a shape that is a number', fileWith(header.replace('1,', '1'), 4), /a Python dictionary/],
    ['a negative length', fileWith(header.replace('1,', '-1,'), 4), /a Python dictionary/],
    ['a key twice', fileWith(header.replace('}', "'shape': (1,)}"), 4), /a Python dictionary/],
    ['an unknown key', fileWith(header.replace('}', "'x': True}"), 4), /a Python dictionary/],
    ['a missing key', fileWith(header.replace("'shape': (1,), ", ''), 4), /a Python dictionary/],
    ['a missing bracket', fileWith(header.replace('}', ''), 4), /a Python dictionary/],
  ])('refuses %s', (_, bytes, message) => {
    const error = errorOf(() => decodeNpy(bytes, 'data.npy'));
    expect(error.code).toBe('FILE_INVALID');
    expect(error.message).toMatch(/^Cannot read data\.npy: at byte \d+, expected /);
    expect(error.message).toMatch(message);
  });

  it('reads the long integers of Python 2', () => {
    for (const [shape, axes] of [
      ['(1L, 2L)', [1, 2]],
      ['(2L,)', [2]],
      ['(2,1L,)', [2, 1]],
    ] as const) {
      const bytes = fileWith(`{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`, 2);
      expect(decodeNpy(bytes, 'x').shape).toEqual(axes);
    }
    for (const shape of ['(2L)', '(L,)', '(2LL,)']) {
      const bytes = fileWith(`{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`, 2);
      expect(errorOf(() => decodeNpy(bytes, 'x')).code).toBe('FILE_INVALID');
    }
  });

  it('reads a header written by hand', () => {
    const bytes = fileWith("{ 'shape':(1 ,2),'fortran_order' : False, 'descr':'|u1'}", 2);
    expect(decodeNpy(bytes, 'x')).toEqual({ shape: [1, 2], data: new Uint8Array(2) });
  });
});

describe('encodeNpy', () => {
  it.each([
    Float64Array.of(Math.PI, -0, Number.NaN),
    Float32Array.of(1.5, Number.NEGATIVE_INFINITY, 0),
    Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
    Uint32Array.of(2 ** 32 - 1, 0, 1),
    Int16Array.of(-32768, 0, 1),
    Uint16Array.of(65535, 0, 1),
    Int8Array.of(-128, 0, 1),
    Uint8Array.of(255, 0, 1),
  ])('is read back: %o', (data) => {
    for (const shape of [[3], [1, 3], [3, 1, 1]])
      expect(decodeNpy(encodeNpy({ shape, data }), 'x')).toEqual({ shape, data });
  });

  it('writes the bytes that NumPy writes', () => {
    const same = (key: keyof typeof files, shape: number[], data: ElementArray): void =>
      expect(Buffer.from(encodeNpy({ shape, data })).toString('base64')).toBe(files[key]);
    same('<f4', [2, 3], Float32Array.from(signed));
    same('<f8', [2, 3], Float64Array.from(signed));
    same('|u1', [2, 3], Uint8Array.from(unsigned));
    same('scalar', [], Float64Array.of(2.5));
    same('vector', [2], Float32Array.of(1, 2));
    same('empty', [0, 3], new Float32Array(0));
  });

  it('refuses what it cannot write', () => {
    expect(errorOf(() => encodeNpy({ shape: [2], data: Float32Array.of(1) })).code).toBe('SHAPE_MISMATCH');
    expect(errorOf(() => encodeNpy({ shape: [1], data: [1] as unknown as Float32Array })).code).toBe(
      'ARGUMENT_INVALID',
    );
    const shape = new Array<number>(30_000).fill(1);
    expect(errorOf(() => encodeNpy({ shape, data: Float32Array.of(1) })).code).toBe('SIZE_LIMIT');
  });
});
