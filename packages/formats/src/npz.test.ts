import { RbmError } from '@rbm/core';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import files from './fixtures/numpy.json' with { type: 'json' };
import { encodeNpy } from './npy.js';
import { decodeNpz, encodeNpz, npzKeys } from './npz.js';

function messageOf(bytes: Uint8Array): string {
  try {
    decodeNpz(bytes, 'data.npz');
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === 'FILE_INVALID') return error.message;
    throw error;
  }
  throw new Error('expected an RbmError');
}

const one = { shape: [1], data: Float32Array.of(1) };

describe('npz', () => {
  it.each(['savez', 'savez_compressed'] as const)('reads what numpy.%s wrote', (key) => {
    expect({ ...decodeNpz(Buffer.from(files[key], 'base64'), key) }).toEqual({
      grid: { shape: [2, 3], data: Float32Array.of(1, -2, 3, 4, 5, -6) },
      flags: { shape: [2], data: Uint8Array.of(1, 0) },
      scalar: { shape: [], data: Float64Array.of(2.5) },
    });
  });

  it('reads back what it wrote', () => {
    const arrays = { a: { shape: [2, 1], data: Float64Array.of(1, 2) }, 'b/c ü': one, constructor: one };
    expect({ ...decodeNpz(encodeNpz(arrays), 'x') }).toEqual(arrays);
    expect(Object.keys(decodeNpz(encodeNpz({}), 'x'))).toEqual([]);
  });

  it('takes names from a file for names only', () => {
    const bytes = zipSync({ '__proto__.npy': encodeNpy(one) });
    expect(Object.keys(decodeNpz(bytes, 'x'))).toEqual(['__proto__']);
  });

  it('gives the same bytes whenever it is called', () => {
    vi.useFakeTimers({ now: new Date(2001, 1, 1) });
    const before = encodeNpz({ one });
    vi.setSystemTime(new Date(2002, 2, 2));
    expect(encodeNpz({ one })).toEqual(before);
    vi.useRealTimers();
  });

  it('names the file and the entry that it cannot read', () => {
    expect(messageOf(new Uint8Array(0))).toContain('Cannot read data.npz: at byte 0, expected a zip archive');
    expect(messageOf(encodeNpz({ one }).subarray(1))).toContain('Cannot read data.npz: ');
    expect(messageOf(zipSync({ 'notes.txt': strToU8('x') }))).toContain('distinct .npy files, found "notes.txt"');
    expect(messageOf(zipSync({ 'a.npy': encodeNpy(one).subarray(0, 130) }))).toContain(
      'Cannot read data.npz (a.npy): at byte 130, expected 4 bytes of data',
    );
  });

  it('refuses one name twice', () => {
    const bytes = encodeNpz({ aa: one, ab: one });
    const name = strToU8('ab.npy');
    for (let i = 0; i < bytes.length; i++) {
      if (name.every((byte, j) => bytes[i + j] === byte)) bytes[i + 1] = 'a'.charCodeAt(0);
    }
    expect(messageOf(bytes)).toContain('found "aa.npy"');
  });

  it('refuses a stated size that the archive cannot hold, before making room for it', () => {
    const bytes = encodeNpz({ one });
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    view.setUint32(directory + 24, 0xfffffff0, true);
    expect(messageOf(bytes)).toMatch(/expected one\.npy of at most \d+ bytes, found a stated size of 4294967280/);
  });

  it('reads one array by its key, whatever else is there', () => {
    const bytes = zipSync({ 'x.npy': encodeNpy(one), 'names.npy': strToU8('not an array'), 'notes.txt': strToU8('a') });
    expect(npzKeys(bytes, 'data.npz')).toEqual(['x', 'names']);
    expect({ ...decodeNpz(bytes, 'data.npz', { key: 'x' }) }).toEqual({ x: one });
    expect({ ...decodeNpz(bytes, 'data.npz', { key: 'y' }) }).toEqual({});
    expect(() => npzKeys(strToU8('no archive'), 'data.npz')).toThrow(/a zip archive of npy files/);
  });
});
