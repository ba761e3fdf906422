import { generator, RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import type { ElementArray } from './elements.js';
import numpyFiles from './fixtures/numpy.json' with { type: 'json' };
import safetensorsFiles from './fixtures/safetensors.json' with { type: 'json' };
import { decodeNpy } from './npy.js';
import { decodeNpz } from './npz.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

type Content = Iterable<{ readonly shape: readonly number[]; readonly data: ElementArray }>;

/** Either an error of the toolkit that names the file, or arrays that are as long as their shapes say. */
function readsOrRefuses(decode: (bytes: Uint8Array, name: string) => Content, bytes: Uint8Array): 'read' | 'refused' {
  try {
    for (const { shape, data } of decode(bytes, 'damaged')) {
      const count = shape.reduce((product, length) => product * length, 1);
      if (data.length !== count) throw new Error(`[${shape}] with ${data.length} numbers`);
    }
    return 'read';
  } catch (error) {
    if (!RbmError.isInstance(error) || error.code !== 'FILE_INVALID') throw error;
    expect(error.message).toMatch(/^Cannot read damaged( \(.*\))?: at byte \d+, expected .*, found /s);
    return 'refused';
  }
}

const decoders: Record<string, (bytes: Uint8Array, name: string) => Content> = {
  safetensors: (bytes, name) => Object.values(decodeSafetensors(bytes, name).tensors),
  npy: (bytes, name) => [decodeNpy(bytes, name)],
  npz: (bytes, name) => Object.values(decodeNpz(bytes, name)),
};

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const model = encodeSafetensors(
  {
    weights: { dtype: 'F32', shape: [3, 2], data: new Float32Array(6) },
    bias: { dtype: 'F32', shape: [3], data: new Float32Array(3) },
  },
  { kind: 'rbm' },
);

const cases: [format: string, file: string, bytes: Uint8Array][] = [
  ['safetensors', 'two tensors', model],
  ['safetensors', 'of the reference implementation', base64(safetensorsFiles['no metadata'])],
  ['npy', 'version 1', base64(numpyFiles['<f4'])],
  ['npy', 'version 3', base64(numpyFiles['version 3'])],
  ['npy', 'Fortran order', base64(numpyFiles['fortran cube'])],
  ['npz', 'stored', base64(numpyFiles.savez)],
  ['npz', 'deflated', base64(numpyFiles.savez_compressed)],
];

describe.each(cases)('%s, %s', (format, _, bytes) => {
  const decode = decoders[format] as (typeof decoders)[string];

  it('refuses every truncation', () => {
    expect(readsOrRefuses(decode, bytes)).toBe('read');
    for (let length = 0; length < bytes.length; length++) {
      expect(readsOrRefuses(decode, bytes.slice(0, length)), `${length} bytes`).toBe('refused');
    }
  });

  it('reads or refuses every change of one bit and of one byte', () => {
    const changes = [1, 2, 4, 8, 16, 32, 64, 128, 255];
    for (let place = 0; place < bytes.length; place++) {
      const damaged = bytes.slice();
      for (const change of changes) {
        damaged[place] = (bytes[place] as number) ^ change;
        readsOrRefuses(decode, damaged);
      }
    }
  });

  it('reads or refuses seeded damage in several places', () => {
    const random = generator(7);
    const draw = (trial: number, place: number, below: number): number =>
      Math.floor(random.uniform(0, place, trial, 0) * below);
    const outcomes = { read: 0, refused: 0 };
    for (let trial = 0; trial < 2000; trial++) {
      const damaged = bytes.slice();
      const places = 1 + draw(trial, 0, 4);
      for (let i = 1; i <= places; i++) damaged[draw(trial, 2 * i, bytes.length)] = draw(trial, 2 * i + 1, 256);
      outcomes[readsOrRefuses(decode, damaged)]++;
    }
    // Else the damage missed everything, or hit everything, that the decoder looks at.
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
