import {
  bernoulli,
  boltzmannMachine,
  createModel,
  deepBoltzmannMachine,
  type EnergyModel,
  gaussian,
  generator,
  hopfield,
  ising,
  parameter,
  potts,
  rbm,
  relu,
  spin,
} from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from './model.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';

const model = rbm({ visible: bernoulli(6, { bias: [1, 2, 3, 4, 5, 6] }), hidden: bernoulli(4), random: generator(1) });

/** The file of `model` with some tensors or metadata changed; `undefined` removes. */
function changed(
  tensors: Record<string, Tensor | undefined>,
  metadata: Record<string, string | undefined> = {},
): Uint8Array {
  const content = decodeSafetensors(encodeModel(model), 'model');
  const merge = <T>(old: Record<string, T>, changes: Record<string, T | undefined>): Record<string, T> =>
    Object.fromEntries(Object.entries({ ...old, ...changes }).filter(([, value]) => value !== undefined)) as Record<
      string,
      T
    >;
  return encodeSafetensors(merge(content.tensors, tensors) as never, merge(content.metadata, metadata));
}

/** A symmetric matrix of numbers that float32 keeps. */
function couplings(units: number): number[] {
  return Array.from({ length: units ** 2 }, (_, n) => {
    const [i, j] = [Math.floor(n / units), n % units];
    return i === j ? 0 : (i + j) / 4 - (i * j) / 2;
  });
}

function f32(shape: readonly number[], value = 0): Tensor<'F32'> {
  return { dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}

describe('a model file', () => {
  it('holds a model of every kind that the library makes', () => {
    const units = { visible: bernoulli(3), hidden: [bernoulli(2), bernoulli(2)] };
    const layers = [{ name: 'visible', layer: bernoulli(3), visible: true }];
    const independentUnits = createModel({ kind: 'independent', layers, interactions: [], blocks: [[0]] });
    for (const made of [model, deepBoltzmannMachine({ ...units, random: generator(2) }), independentUnits]) {
      const { model: read } = decodeModel(encodeModel(made), 'model');
      expect(read).toMatchObject({ kind: made.kind, names: made.names, blocks: made.blocks });
      expect(read.parameters).toEqual(Float64Array.from(Float32Array.from(made.parameters)));
    }
  });

  it('is not written for a kind that would not be read', () => {
    expect(() => encodeModel({ ...model, kind: 'mine' })).toThrow(/UNSUPPORTED|kind "mine" cannot be saved/);
    expect(() => encodeModel({ ...model, kind: 'acme/mine' })).not.toThrow();
  });

  it('may hold a model of a third party’s kind, which is all described', () => {
    const { model: read } = decodeModel(changed({}, { model: 'acme/machine' }), 'model');
    expect([read.kind, read.layout, read.blocks]).toEqual(['acme/machine', model.layout, model.blocks]);
  });

  it('may have float64 parameters, which float32 can hold', () => {
    const data = Float64Array.from({ length: 24 }, (_, i) => i / 10);
    const { model: read } = decodeModel(changed({ weights: { dtype: 'F64', shape: [6, 4], data } }), 'model');
    expect(parameter(read, 'weights')).toEqual(data);
    data[3] = 1e300;
    expect(() => decodeModel(changed({ weights: { dtype: 'F64', shape: [6, 4], data } }), 'model')).toThrow(
      /number 3 of the tensor "weights" is 1e\+300/,
    );
  });

  it('gives the model back, rounded to float32, with its details', () => {
    const details = { image: [2, 3] as const, preparation: { binarisation: 'threshold', threshold: 127 } };
    const file = decodeModel(encodeModel(model, details), 'model');
    expect(file.model.parameters).toEqual(Float64Array.from(Float32Array.from(model.parameters)));
    expect(file.model.layout).toEqual(model.layout);
    expect(file.model.blocks).toEqual(model.blocks);
    expect(file.model.visible).toEqual(model.visible);
    expect(file.details).toEqual(details);
    expect(file.library).toMatch(/^@rbm\/formats \d/);
    expect(encodeModel(file.model, file.details)).toEqual(encodeModel(model, details));
  });

  it('has the tensors and metadata that other languages look for', () => {
    const { tensors, metadata } = decodeSafetensors(encodeModel(model), 'model');
    expect(Object.keys(tensors).sort()).toEqual(['hidden.bias', 'visible.bias', 'weights']);
    expect(tensors.weights).toMatchObject({ dtype: 'F32', shape: [6, 4] });
    expect(Array.from(tensors['visible.bias']?.data ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(metadata).toMatchObject({ format: 'rbm-model', model: 'rbm' });
    expect(JSON.parse(metadata.structure ?? '').layers).toMatchObject([
      { name: 'visible', kind: 'bernoulli', units: 6, visible: true },
      { name: 'hidden', kind: 'bernoulli', units: 4, visible: false },
    ]);
  });

  it('keeps ReLU units, and refuses a precision below their minimum', () => {
    const visible = relu(3, { field: [-1, 0, 2.5], precision: [0.5, 1, 4] });
    const rectified = rbm({ visible, hidden: relu(2, { field: [0.25, -8] }), random: generator(2) });
    const { tensors, metadata } = decodeSafetensors(encodeModel(rectified), 'model');
    expect(Array.from(tensors['visible.precision']?.data ?? [])).toEqual([0.5, 1, 4]);
    const read = decodeModel(encodeModel(rectified), 'model').model;
    expect(read.parameters).toEqual(Float64Array.from(Float32Array.from(rectified.parameters)));
    expect(read.layers.map(({ kind, settings }) => [kind, settings])).toEqual([
      ['relu', {}],
      ['relu', {}],
    ]);
    const bad = encodeSafetensors({ ...tensors, 'visible.precision': f32([3], 0) } as never, metadata);
    expect(() => decodeModel(bad, 'model')).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
  });

  it('keeps parameters at their minimum, though float32 rounds it down', () => {
    const least = rbm({ visible: gaussian(1, { precision: [1e-6] }), hidden: bernoulli(1) });
    expect(decodeModel(encodeModel(least), 'least').model.parameters[1]).toBe(Math.fround(1e-6));
  });

  it('keeps models with more layers', () => {
    const deep = createModel({
      kind: 'rbm',
      layers: [
        { name: 'visible', layer: bernoulli(2), visible: true },
        { name: 'hidden', layer: bernoulli(3) },
        { name: 'top', layer: bernoulli(2) },
      ],
      interactions: [
        { kind: 'dense', name: 'weights', between: [0, 1] },
        { kind: 'dense', name: 'weights.top', between: [1, 2] },
      ],
      blocks: [[1], [0, 2]],
    });
    parameter(deep, 'weights.top').fill(0.5);
    expect(decodeModel(encodeModel(deep), 'deep').model.parameters).toEqual(deep.parameters);
  });

  it.each<[string, EnergyModel, string[]]>([
    ['a Hopfield network', hopfield({ visible: spin(5), couplings: couplings(5) }), ['visible.block']],
    ['a network of Potts units', hopfield({ visible: potts(3, { categories: 2 }) }), ['visible.block']],
    ['an odd lattice', ising({ shape: [3, 3], couplings: (e) => e / 8 }), ['couplings.edges', 'visible.block']],
    [
      'a graph with hidden units',
      boltzmannMachine({ visible: bernoulli(2), hidden: bernoulli(2), edges: [0, 2, 0, 3, 2, 3], couplings: 0.5 }),
      ['weights.edges', 'hidden couplings.edges', 'hidden.block'],
    ],
  ])('keeps %s', (_, network, names) => {
    const bytes = encodeModel({ ...network, constant: -1.5 });
    expect(Object.keys(decodeSafetensors(bytes, 'network').tensors)).toEqual(expect.arrayContaining(names));
    const read = decodeModel(bytes, 'network').model;
    expect(read).toEqual({ ...network, constant: -1.5, layers: read.layers });
    expect(read.layers.map(({ kind, units }) => [kind, units])).toEqual(
      network.layers.map(({ kind, units }) => [kind, units]),
    );
  });

  it.each<[string, Record<string, Tensor | undefined>]>([
    ['edges', { 'couplings.edges': undefined }],
    ['pairs', { 'couplings.edges': { dtype: 'U32', shape: [18], data: new Uint32Array(18) } }],
    ['edges that differ', { 'couplings.edges': { dtype: 'U32', shape: [18, 2], data: new Uint32Array(36) } }],
    ['blocks', { 'visible.block': undefined }],
    ['blocks that are independent', { 'visible.block': { dtype: 'U32', shape: [9], data: new Uint32Array(9) } }],
    ['a block for each unit', { 'visible.block': { dtype: 'U32', shape: [3], data: new Uint32Array(3) } }],
  ])('is refused without %s', (_, changes) => {
    const { tensors, metadata } = decodeSafetensors(encodeModel(ising({ shape: [3, 3] })), 'lattice');
    const kept = Object.entries({ ...tensors, ...changes }).filter(([, tensor]) => tensor !== undefined);
    const bytes = encodeSafetensors(Object.fromEntries(kept) as never, metadata);
    expect(() => decodeModel(bytes, 'lattice')).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
  });

  it.each<[string, Uint8Array, string]>([
    ['a missing tensor', changed({ weights: undefined }), 'FILE_INVALID'],
    ['a tensor too many', changed({ extra: f32([1]) }), 'FILE_INVALID'],
    ['a shape that is not the structure’s', changed({ weights: f32([4, 6]) }), 'FILE_INVALID'],
    ['another type', changed({ weights: { ...f32([6, 4]), dtype: 'I32', data: new Int32Array(24) } }), 'FILE_INVALID'],
    ['a NaN', changed({ weights: f32([6, 4], Number.NaN) }), 'FILE_INVALID'],
    ['an infinity', changed({ 'hidden.bias': f32([4], Number.POSITIVE_INFINITY) }), 'FILE_INVALID'],
    ['no format', changed({}, { format: undefined }), 'FILE_INVALID'],
    ['another version', changed({}, { formatVersion: '2' }), 'FILE_INVALID'],
    ['an unknown kind of model', changed({}, { model: 'transformer' }), 'UNSUPPORTED'],
    ['no structure', changed({}, { structure: undefined }), 'FILE_INVALID'],
    ['a structure that is no JSON', changed({}, { structure: '{' }), 'FILE_INVALID'],
    ['an image that is none', changed({}, { image: '[28]' }), 'FILE_INVALID'],
    ['preparation that is none', changed({}, { preparation: '3' }), 'FILE_INVALID'],
    ['no safetensors at all', new TextEncoder().encode('a picture of a cat, perhaps'), 'FILE_INVALID'],
    ['a file cut short', encodeModel(model).subarray(0, -5), 'FILE_INVALID'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(() => decodeModel(bytes, 'model.safetensors')).toThrow(expect.objectContaining({ code }));
    expect(() => decodeModel(bytes, 'model.safetensors')).toThrow(/model\.safetensors/);
  });

  it.each([
    ['units that no tensor has', { layers: [{ units: 1e15 }, {}] }],
    ['an interaction of a layer with itself', { interactions: [{ kind: 'dense', name: 'weights', between: [0, 0] }] }],
    ['a block too many', { blocks: [[1], [0], [2]] }],
    ['interactions of another kind', { interactions: [{ kind: 'sparse', name: 'weights', between: [0, 1] }] }],
  ])('is refused when its structure has %s', (_, change) => {
    const { metadata } = decodeSafetensors(encodeModel(model), 'model');
    const structure = JSON.parse(metadata.structure ?? '');
    const { layers, ...rest } = change as { layers?: object[] };
    const merged = {
      ...structure,
      ...rest,
      layers: structure.layers.map((layer: object, l: number) => ({ ...layer, ...layers?.[l] })),
    };
    const bytes = changed({}, { structure: JSON.stringify(merged) });
    expect(() => decodeModel(bytes, 'model')).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
  });

  it('reads layers of third parties when told how', () => {
    const structure = decodeSafetensors(encodeModel(model), 'model').metadata.structure?.replaceAll(
      'bernoulli',
      'acme/bit',
    );
    const bytes = changed({}, { structure });
    expect(() => decodeModel(bytes, 'model')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    const read = decodeModel(bytes, 'model', {
      layers: { 'acme/bit': (units) => ({ ...bernoulli(units), kind: 'acme/bit' }) },
    });
    expect(read.model.layers[0]?.kind).toBe('acme/bit');
  });
});
