import { RbmError } from '@rbm/core';
import { expect, test } from 'vitest';
import { decodeIdx, parseIdx } from './idx.js';
import { idxFile } from './idx.testing.js';

const count = (length: number) => Array.from({ length }, (_, i) => i);

function failure(bytes: Uint8Array, axes?: (number | null)[]): RbmError {
  try {
    parseIdx(bytes, 'some-file', axes);
  } catch (error) {
    if (RbmError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('parseIdx did not throw.');
}

function expectFailure(error: RbmError, offset: number, expected: string, found: string): void {
  expect(error.code).toBe('FILE_INVALID');
  const [before, after] = error.message.split(', found ');
  expect(before).toContain(`some-file: at byte ${offset}, expected `);
  expect(before).toContain(expected);
  expect(after).toContain(found);
}

test.each([[[5]], [[2, 3]], [[2, 3, 4]], [[1, 2, 1, 3]], [[0, 28, 28]]])('reads a tensor of shape %j', (shape) => {
  const data = count(shape.reduce((a, b) => a * b, 1));
  const tensor = parseIdx(idxFile(shape, data), 'some-file');
  expect(tensor).toEqual({ shape, data: Uint8Array.from(data) });
});

test('reads bytes that are a part of a larger buffer, without a copy', () => {
  const file = idxFile([2, 2], [1, 2, 3, 4]);
  const around = Uint8Array.of(9, 9, 9, ...file, 9);
  const { shape, data } = parseIdx(around.subarray(3, 3 + file.length), 'some-file', [null, 2]);
  expect(shape).toEqual([2, 2]);
  expect(data).toStrictEqual(Uint8Array.of(1, 2, 3, 4));
  expect(data.buffer).toBe(around.buffer);
});

test.each<[string, Uint8Array, number, string, string]>([
  ['an empty file', new Uint8Array(0), 0, 'magic number', 'end of the file'],
  ['three bytes', Uint8Array.of(0, 0, 8), 3, 'magic number', 'end of the file'],
  ['another format', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d), 0, '0x00000801', '0x89504e47'],
  ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8, 0), 0, '0x00000801', 'decompress it first'],
  ['a little-endian magic number', Uint8Array.of(3, 8, 0, 0), 0, '0x00000801', '0x03080000'],
  ['rank 0', Uint8Array.of(0, 0, 8, 0, 1), 0, '0x00000801', '0x00000800'],
  ['floats', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), 0, 'unsigned bytes', '0x00000d01'],
  ['a header cut short', idxFile([2, 3], []).subarray(0, 9), 9, 'a header of 12 bytes', 'end of the file'],
  ['values cut short', idxFile([2, 3], count(5)), 17, '18 bytes in the file', '17'],
  ['bytes too many', idxFile([2, 3], count(8)), 18, '18 bytes in the file', '20'],
  ['an absurd shape', idxFile([2 ** 32 - 1, 2 ** 32 - 1], [0]), 13, '4294967295 × 4294967295', '13'],
])('refuses %s', (_, bytes, offset, expected, found) => {
  expectFailure(failure(bytes), offset, expected, found);
});

test.each<[string, (number | null)[], number, string, string]>([
  ['another rank', [null, null, null], 0, '0x00000803', '0x00000802'],
  ['another length', [null, 4], 8, 'length 4 of axis 1', '3'],
])('refuses %s than expected', (_, axes, offset, expected, found) => {
  expectFailure(failure(idxFile([2, 3], count(6)), axes), offset, expected, found);
});

test.each([
  [8, 1, Uint8Array.of(0, 255, 7)],
  [9, 1, Int8Array.of(-128, 127, 7)],
  [11, 2, Int16Array.of(-32768, 32767, 7)],
  [12, 4, Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 7)],
  [13, 4, Float32Array.of(-0.5, 1e30, Number.NaN)],
  [14, 8, Float64Array.of(Math.PI, -1e300, 7)],
])('decodeIdx reads elements of type %i', (type, size, data) => {
  const file = new Uint8Array(8 + 3 * size);
  file.set([0, 0, type, 1, 0, 0, 0, 3]);
  const bytes = new Uint8Array(data.buffer.slice(0));
  for (let i = 0; i < 3; i++) file.set(bytes.subarray(i * size, (i + 1) * size).reverse(), 8 + i * size);
  expect(decodeIdx(file, 'x')).toEqual({ shape: [3], data });
  const around = Uint8Array.of(9, ...file);
  expect(decodeIdx(around.subarray(1), 'x')).toEqual({ shape: [3], data });
  expect(() => decodeIdx(file.subarray(0, -1), 'x')).toThrow(/expected .* bytes in the file/);
});

test('decodeIdx refuses other types, and files without axes', () => {
  for (const head of [
    [0, 0, 10, 1],
    [0, 0, 8, 0],
    [1, 0, 8, 1],
    [0x1f, 0x8b, 8, 0],
  ]) {
    expect(() => decodeIdx(Uint8Array.of(...head, 0, 0, 0, 0), 'x')).toThrow(
      expect.objectContaining({ code: 'FILE_INVALID' }),
    );
  }
});
