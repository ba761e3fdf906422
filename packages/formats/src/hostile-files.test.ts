import { bernoulli, createModel, gaussian, hopfield, potts, RbmError, rbm, spin } from '@rbm/core';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from './model.js';
import { decodeNpy, encodeNpy } from './npy.js';
import { decodeNpz, encodeNpz } from './npz.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';

const small = rbm({ visible: bernoulli(2), hidden: bernoulli(2) });
const { tensors, metadata } = decodeSafetensors(encodeModel(small), 'small');
const structure = JSON.parse(metadata.structure as string);

function withStructure(change: object, more: Record<string, string> = {}): Uint8Array {
  return encodeSafetensors(tensors as never, {
    ...metadata,
    structure: JSON.stringify({ ...structure, ...change }),
    ...more,
  });
}

/** The code of the error, and the bytes of array buffers that were made on the way. */
function attempt(read: () => unknown): { code: string; message: string; bytes: number } {
  const before = process.memoryUsage().arrayBuffers;
  try {
    read();
    return { code: 'read', message: '', bytes: process.memoryUsage().arrayBuffers - before };
  } catch (error) {
    if (!RbmError.isInstance(error)) throw error;
    return { code: error.code, message: error.message, bytes: process.memoryUsage().arrayBuffers - before };
  }
}

describe('sizes are compared with the file before anything is allocated', () => {
  const layer = { name: 'visible', kind: 'bernoulli', units: 1e9, settings: {}, visible: true };
  it.each<[string, object]>([
    ['units', { layers: [layer], interactions: [], blocks: [[0]] }],
    ['units of a second layer', { layers: [structure.layers[0], { ...layer, name: 'hidden' }] }],
    ['categories', { layers: [{ ...layer, kind: 'potts', units: 2, settings: { categories: 4096 } }], blocks: [[0]] }],
    ['one tensor for many layers', { layers: Array(500).fill(structure.layers[0]) }],
    ['blocks', { blocks: Array.from({ length: 20_000 }, () => [0]) }],
    ['no blocks at all', { blocks: [] }],
    ['an empty block', { blocks: [[1], [], [0]] }],
  ])('%s', (_, change) => {
    const { code, bytes } = attempt(() => decodeModel(withStructure(change), 'file'));
    expect(code).toBe('FILE_INVALID');
    expect(bytes).toBeLessThan(2 ** 22);
  });

  it('a dense interaction of more weights than the file has', () => {
    const bias: Tensor<'F32'> = { dtype: 'F32', shape: [8000], data: new Float32Array(8000) };
    const layers = structure.layers.map((l: object) => ({ ...l, units: 8000 }));
    const file = encodeSafetensors({ ...tensors, 'visible.bias': bias, 'hidden.bias': bias } as never, {
      ...metadata,
      structure: JSON.stringify({ ...structure, layers }),
    });
    const { code, bytes } = attempt(() => decodeModel(file, 'file'));
    expect(code).toBe('FILE_INVALID');
    expect(bytes).toBeLessThan(2 ** 24);
  });

  it('units of a third party, whose parameters only its plugin knows', () => {
    const file = withStructure({ layers: [{ ...layer, kind: 'acme/bit' }], interactions: [], blocks: [[0]] });
    const layers = { 'acme/bit': () => expect.unreachable('made before its size was checked') };
    expect(attempt(() => decodeModel(file, 'file', { layers })).code).toBe('FILE_INVALID');
  });
});

it('a network with a block for each unit is read back', () => {
  const network = hopfield({ visible: spin(400) });
  expect(decodeModel(encodeModel(network), 'network').model.blocks).toEqual(network.blocks);
});

describe('metadata of another shape are invalid', () => {
  it.each<[string, Record<string, string>]>([
    ['an object in the preparation', { preparation: '{"maximum":{"toString":1}}' }],
    ['a number that is infinite', { preparation: '{"maximum":1e999}' }],
    ['200,000 brackets', { preparation: `{"a":${'['.repeat(2e5)}${']'.repeat(2e5)}}` }],
    ['200,000 brackets as the structure', { structure: '['.repeat(2e5) }],
    ['an image of another size', { image: '[100000000,100000000]' }],
    ['a key twice', { preparation: '{"a":1,"a":2}' }],
  ])('%s', (_, change) => {
    const file = encodeSafetensors(tensors as never, { ...metadata, ...change });
    expect(attempt(() => decodeModel(file, 'file')).code).toBe('FILE_INVALID');
  });

  it('and an image of another size is not written either', () => {
    expect(attempt(() => encodeModel(small, { image: [3, 3] })).code).toBe('ARGUMENT_INVALID');
  });

  it('an image of Potts units has a pixel a unit or a pixel a number', () => {
    const model = createModel({
      kind: 'rbm',
      layers: [{ name: 'visible', layer: potts(4, { categories: 3 }), visible: true }],
      interactions: [],
      blocks: [[0]],
    });
    const file = decodeSafetensors(encodeModel(model), 'potts');
    const read = (image: string): string =>
      attempt(() => decodeModel(encodeSafetensors(file.tensors as never, { ...file.metadata, image }), 'potts')).code;
    expect([read('[2,2]'), read('[3,4]'), read('[2,3]')]).toEqual(['read', 'read', 'FILE_INVALID']);
  });
});

describe('archives', () => {
  const array = encodeNpy({ shape: [1000], data: new Uint8Array(1000) });

  it('whose members overlap are invalid', () => {
    const zip = zipSync({ 'a.npy': [array, { level: 0 }], 'b.npy': [array, { level: 0 }] });
    // The second entry of the directory, pointed at the first member, and cut from the file.
    const directory = new DataView(zip.buffer).getUint32(zip.length - 6, true);
    const first = directory;
    const second = first + 46 + 5;
    const half = new DataView(zip.buffer).getUint32(second + 42, true);
    const cut = new Uint8Array([...zip.subarray(0, half), ...zip.subarray(directory)]);
    const view = new DataView(cut.buffer);
    view.setUint32(half + 46 + 5 + 42, 0, true);
    view.setUint32(cut.length - 6, half, true);
    expect(attempt(() => decodeNpz(cut, 'overlap'))).toMatchObject({ code: 'FILE_INVALID' });
    expect(attempt(() => decodeNpz(cut, 'overlap')).message).toContain('overlap');
  });

  it('that expand beyond the budget are refused before they are decompressed, unless it is raised', () => {
    const bomb = encodeNpz({ zeros: { shape: [2 ** 25], data: new Uint8Array(2 ** 25) } });
    expect(bomb.length).toBeLessThan(2 ** 16);
    const { code, bytes } = attempt(() => decodeNpz(bomb, 'bomb'));
    expect(code).toBe('SIZE_LIMIT');
    expect(bytes).toBeLessThan(2 ** 22);
    expect(decodeNpz(bomb, 'bomb', { ratio: 2000 }).zeros?.shape).toEqual([2 ** 25]);
    expect(attempt(() => decodeNpz(bomb, 'bomb', { ratio: 2000, bytes: 1000 })).code).toBe('SIZE_LIMIT');
  });

  it('of many members are refused', () => {
    const arrays = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`a${i}`, { shape: [1], data: new Uint8Array(1) }]),
    );
    expect(attempt(() => decodeNpz(encodeNpz(arrays), 'many', { entries: 10 })).code).toBe('SIZE_LIMIT');
    expect(attempt(() => decodeNpz(encodeNpz(arrays), 'many')).code).toBe('read');
  });
});

it('arrays have at most 64 axes', () => {
  const npy = (axes: number, order: string): Uint8Array => {
    const text = `{'descr': '|u1', 'fortran_order': ${order}, 'shape': (${'1,'.repeat(axes)}), }\n`;
    const header = new TextEncoder().encode(text);
    return Uint8Array.of(
      0x93,
      0x4e,
      0x55,
      0x4d,
      0x50,
      0x59,
      1,
      0,
      header.length & 255,
      header.length >> 8,
      ...header,
      7,
    );
  };
  expect(attempt(() => decodeNpy(npy(30_000, 'True'), 'axes')).code).toBe('FILE_INVALID');
  expect(attempt(() => decodeNpy(npy(65, 'False'), 'axes')).code).toBe('FILE_INVALID');
  expect(decodeNpy(npy(64, 'True'), 'axes').data).toEqual(Uint8Array.of(7));
});

describe('the proof that Gaussian units on both sides have a distribution', () => {
  it('is linear for weak couplings', () => {
    const model = rbm({ visible: gaussian(1000), hidden: gaussian(1000) });
    model.parameters.fill(1e-4, model.layout.interactions[0]?.start);
    expect(decodeModel(encodeModel(model), 'weak').model.layout.length).toBe(model.layout.length);
  });

  it('has a budget where couplings are strong and few', () => {
    const edges = new Uint32Array(2 * 2047);
    for (let e = 0; e < 2047; e++) edges.set([e, e + 1], 2 * e);
    const units = 2048;
    const chain = createModel({
      kind: 'graph',
      layers: [{ name: 'visible', layer: gaussian(units), visible: true }],
      interactions: [{ kind: 'sparse', name: 'weights', between: [0, 0], edges }],
      blocks: [0, 1].map((parity) => [
        { layer: 0, units: Uint32Array.from({ length: units / 2 }, (_, i) => 2 * i + parity) },
      ]),
    });
    chain.parameters.fill(0.6, chain.layout.interactions[0]?.start);
    const { code, message } = attempt(() => decodeModel(encodeModel(chain), 'chain'));
    expect(code).toBe('SIZE_LIMIT');
    expect(message).toContain('multiplications');
    expect(attempt(() => decodeModel(encodeModel(chain), 'chain', { limits: { work: 1e12 } })).code).toBe(
      'NOT_NORMALISABLE',
    );
  });
});

it('limits are positive numbers', () => {
  expect(attempt(() => decodeModel(encodeModel(small), 'small', { limits: { entries: 0 } })).code).toBe(
    'ARGUMENT_INVALID',
  );
});
