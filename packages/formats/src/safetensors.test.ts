import { RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import files from './fixtures/safetensors.json' with { type: 'json' };
import { decodeSafetensors, encodeSafetensors, type Tensor, type WritableDtype } from './safetensors.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const headerOf = (bytes: Uint8Array): string => text(bytes.subarray(8, 8 + (bytes[0] as number)));

/** A file with any header, announced with its right length. */
function fileWith(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
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

describe('encodeSafetensors', () => {
  it('writes the published layout', () => {
    const bytes = encodeSafetensors(
      {
        b: { dtype: 'F32', shape: [1], data: Float32Array.of(1) },
        a: { dtype: 'U8', shape: [2], data: Uint8Array.of(7, 8) },
      },
      { z: '1', k: '2' },
    );
    const header =
      '{"__metadata__":{"k":"2","z":"1"},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(padded.length));
    expect(headerOf(bytes)).toBe(padded);
    expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 0x80, 0x3f, 7, 8]);
  });

  it('gives the same bytes whatever the order of the keys', () => {
    const x: Tensor<WritableDtype> = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) };
    const y: Tensor<WritableDtype> = { dtype: 'F64', shape: [], data: Float64Array.of(3) };
    expect(encodeSafetensors({ x, y }, { p: '1', q: '2' })).toEqual(encodeSafetensors({ y, x }, { q: '2', p: '1' }));
  });

  it('aligns every array to its own width', () => {
    const bytes = encodeSafetensors({
      a: { dtype: 'U8', shape: [3], data: new Uint8Array(3) },
      b: { dtype: 'F32', shape: [1], data: new Float32Array(1) },
      c: { dtype: 'I16', shape: [1], data: new Int16Array(1) },
      d: { dtype: 'F64', shape: [1], data: new Float64Array(1) },
    });
    const header = JSON.parse(headerOf(bytes)) as Record<string, { data_offsets: number[] }>;
    const starts = Object.fromEntries(Object.entries(header).map(([key, info]) => [key, info.data_offsets[0]]));
    expect(starts).toEqual({ d: 0, b: 8, c: 12, a: 14 });
  });

  it('writes a view of a larger buffer', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const { tensors } = decodeSafetensors(encodeSafetensors({ x: { dtype: 'F32', shape: [2], data } }), 'x');
    expect(tensors.x?.data).toEqual(Float32Array.of(1, 2));
  });

  it('refuses what the format cannot hold', () => {
    const data = Float32Array.of(1, 2);
    expect(errorOf(() => encodeSafetensors({ x: { dtype: 'F32', shape: [3], data } })).code).toBe('SHAPE_MISMATCH');
    expect(errorOf(() => encodeSafetensors({ x: { dtype: 'F32', shape: [-1, -2], data } })).code).toBe(
      'SHAPE_MISMATCH',
    );
    expect(errorOf(() => encodeSafetensors({ x: { dtype: 'F64', shape: [2], data } })).message).toContain(
      'Tensor "x" of dtype F64 was given as Float32Array; expected Float64Array',
    );
    expect(errorOf(() => encodeSafetensors({ x: { dtype: 'F16' as 'F32', shape: [2], data } })).message).toContain(
      'expected one of the dtypes F64, F32',
    );
    expect(errorOf(() => encodeSafetensors({ x: { dtype: 'BOOL', shape: [1], data: Uint8Array.of(2) } })).code).toBe(
      'ARGUMENT_INVALID',
    );
    expect(errorOf(() => encodeSafetensors({ __metadata__: { dtype: 'F32', shape: [2], data } })).code).toBe(
      'ARGUMENT_INVALID',
    );
    expect(errorOf(() => encodeSafetensors({}, { epochs: 5 as unknown as string })).message).toContain('"epochs"');
  });
});

describe('decodeSafetensors', () => {
  it('reads back what was written', () => {
    const tensors: Record<string, Tensor<WritableDtype>> = {
      f64: { dtype: 'F64', shape: [1, 2], data: Float64Array.of(Math.PI, -0) },
      f32: { dtype: 'F32', shape: [2], data: Float32Array.of(1.5, Number.NaN) },
      i32: { dtype: 'I32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
      u32: { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
      i16: { dtype: 'I16', shape: [1], data: Int16Array.of(-32768) },
      u16: { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) },
      i8: { dtype: 'I8', shape: [1], data: Int8Array.of(-128) },
      u8: { dtype: 'U8', shape: [3, 1], data: Uint8Array.of(1, 2, 255) },
      bool: { dtype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) },
      scalar: { dtype: 'F32', shape: [], data: Float32Array.of(4) },
      empty: { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
      7: { dtype: 'F32', shape: [1], data: Float32Array.of(7) },
    };
    const metadata = { 'kind "quoted"\n': 'ünïcode ✓', 7: '{"a":1}' };
    const content = decodeSafetensors(encodeSafetensors(tensors, metadata), 'x');
    expect({ ...content.tensors }).toEqual(tensors);
    expect({ ...content.metadata }).toEqual(metadata);
  });

  it('reads back nothing', () => {
    const content = decodeSafetensors(encodeSafetensors({}), 'x');
    expect(Object.keys(content.tensors)).toEqual([]);
    expect(Object.keys(content.metadata)).toEqual([]);
  });

  it('reads every type that the reference implementation writes', () => {
    const { tensors, metadata } = decodeSafetensors(Buffer.from(files['all types'], 'base64'), 'python');
    const signed = [1, -2, 3, 4, 5, -6];
    const unsigned = [1, 2, 3, 4, 5, 6];
    const grid = (dtype: string, data: unknown): object => ({ dtype, shape: [2, 3], data });
    expect({ ...tensors }).toEqual({
      f64: grid('F64', Float64Array.from(signed)),
      f32: grid('F32', Float32Array.from(signed)),
      f16: grid('F16', Float32Array.from(signed)),
      bf16: grid('BF16', Float32Array.from(signed)),
      i64: grid('I64', Float64Array.from(signed)),
      u64: grid('U64', Float64Array.from(unsigned)),
      i32: grid('I32', Int32Array.from(signed)),
      u32: grid('U32', Uint32Array.from(unsigned)),
      i16: grid('I16', Int16Array.from(signed)),
      u16: grid('U16', Uint16Array.from(unsigned)),
      i8: grid('I8', Int8Array.from(signed)),
      u8: grid('U8', Uint8Array.from(unsigned)),
      bool: grid('BOOL', Uint8Array.of(1, 0, 1, 1, 1, 0)),
      scalar: { dtype: 'F32', shape: [], data: Float32Array.of(2.5) },
      empty: { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
    });
    expect({ ...metadata }).toEqual({ kind: 'test', ünïcode: '✓' });
  });

  it('writes what the reference implementation writes', () => {
    const bytes = encodeSafetensors({ x: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } });
    expect(Buffer.from(bytes).toString('base64')).toBe(files['no metadata']);
  });

  it('copies, also out of a Buffer, and reads from any alignment', () => {
    const bytes = encodeSafetensors({ x: { dtype: 'F64', shape: [1], data: Float64Array.of(5) } });
    for (let shift = 0; shift < 8; shift++) {
      const buffer = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
      const { data } = decodeSafetensors(buffer, 'x').tensors.x as Tensor;
      buffer.fill(0);
      expect(data).toEqual(Float64Array.of(5));
    }
  });

  it('takes names from a file for names only', () => {
    const header =
      '{"__metadata__":{"__proto__":"polluted"},' +
      '"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
      '"toString":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
    const { tensors, metadata } = decodeSafetensors(fileWith(header, 2), 'x');
    expect(Object.keys(tensors).sort()).toEqual(['__proto__', 'toString']);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'polluted']]);
    expect('polluted' in {}).toBe(false);
    expect(tensors.constructor).toBeUndefined();
    const again = encodeSafetensors(tensors as Record<string, Tensor<WritableDtype>>, metadata);
    expect(headerOf(again).trimEnd()).toBe(header);
  });

  const tensor = (fields: string): string => `{"x":{${fields}}}`;
  it.each<[fault: string, bytes: Uint8Array, message: RegExp]>([
    ['nothing', new Uint8Array(0), /byte 0, expected the 8 bytes of a header length, found a file of 0 bytes/],
    ['half a header length', new Uint8Array(7), /byte 0, .* found a file of 7 bytes/],
    [
      'a header beyond the file',
      fileWith('{}').subarray(0, 9),
      /byte 0, expected a header length of at most 1, found 2/,
    ],
    ['another kind of file', new Uint8Array(16).fill(0xff), /found 18446744073709551615/],
    ['an empty header', fileWith(''), /byte 8, expected a JSON header that starts with \{, found byte none/],
    ['a list as header', fileWith('[]'), /starts with \{, found byte 91/],
    ['cut JSON', fileWith('{"x":'), /byte 8, expected a JSON header in UTF-8/],
    [
      'bytes that are not UTF-8',
      fileWith(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
      /byte 8, expected a JSON header/,
    ],
    ['endless nesting', fileWith(`{"x":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), /byte 8, expected/],
    [
      'nesting as a shape',
      fileWith(tensor(`"dtype":"U8","shape":[${'['.repeat(1e5)}${']'.repeat(1e5)}]`)),
      /at most 32 deep/,
    ],
    ['metadata that are a list', fileWith('{"__metadata__":[]}'), /an object as __metadata__, found \[\]/],
    ['metadata that are numbers', fileWith('{"__metadata__":{"a":1}}'), /a string as __metadata__ "a", found 1/],
    ['a name twice', fileWith('{"\\u0078":{},"x":{}}'), /every name once .* found "x" twice/],
    ['a tensor that is a number', fileWith('{"x":1}'), /of tensor "x", found 1/],
    ['no dtype', fileWith(tensor('"shape":[],"data_offsets":[0,1]')), /one of F64, F32.*, found nothing/],
    ['an unknown dtype', fileWith(tensor('"dtype":"F8","shape":[],"data_offsets":[0,1]')), /of tensor "x", found "F8"/],
    ['an inherited dtype', fileWith(tensor('"dtype":"toString","shape":[],"data_offsets":[0,1]')), /found "toString"/],
    [
      'a negative length',
      fileWith(tensor('"dtype":"U8","shape":[-1],"data_offsets":[0,1]')),
      /the shape .*found \[-1\]/,
    ],
    ['a broken length', fileWith(tensor('"dtype":"U8","shape":[0.5],"data_offsets":[0,1]')), /found \[0.5\]/],
    [
      'an absurd shape',
      fileWith(tensor('"dtype":"U8","shape":[1e9,1e9],"data_offsets":[0,1]')),
      /the shape of tensor "x"/,
    ],
    ['three offsets', fileWith(tensor('"dtype":"U8","shape":[1],"data_offsets":[0,1,2]')), /two whole numbers/],
    ['offsets in reverse', fileWith(tensor('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), 1), /1 bytes apart/],
    [
      'a shape unlike the extent',
      fileWith(tensor('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), 4),
      /8 bytes apart/,
    ],
    ['a gap', fileWith(tensor('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), 2), /a gap: .* start at 1, not 0/],
    [
      'an overlap',
      fileWith(
        '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      /byte 115, .*tensor "y".* an overlap: .* start at 1, not 2/,
    ],
    [
      'data cut short',
      fileWith(tensor('"dtype":"U8","shape":[4],"data_offsets":[0,4]'), 3),
      /byte 64, expected the file to end at byte 65, found 64 .*cut/,
    ],
    ['bytes at the end', fileWith(tensor('"dtype":"U8","shape":[1],"data_offsets":[0,1]'), 2), /bytes after the last/],
  ])('refuses %s', (_, bytes, message) => {
    const error = errorOf(() => decodeSafetensors(bytes, 'model.safetensors'));
    expect(error.code).toBe('FILE_INVALID');
    expect(error.message).toMatch(/^Cannot read model\.safetensors: at byte \d+, expected /);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(400);
  });

  it('refuses booleans other than 0 and 1 and integers that float64 cannot hold', () => {
    const bool = fileWith(tensor('"dtype":"BOOL","shape":[2],"data_offsets":[0,2]'), 2).fill(2, -1);
    expect(errorOf(() => decodeSafetensors(bool, 'x')).message).toContain(
      `at byte ${bool.length - 1}, expected a boolean`,
    );
    const large = fileWith(tensor('"dtype":"U64","shape":[1],"data_offsets":[0,8]'), 8).fill(0xff, -8);
    expect(errorOf(() => decodeSafetensors(large, 'x')).message).toContain('found 18446744073709551615');
  });
});
