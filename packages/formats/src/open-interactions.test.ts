import { bernoulli, createModel, type EnergyModel, energy, parameter, spin } from '@rbm/core';
import type { OpenInteraction } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from './model.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import type { InteractionFactory } from './structure.js';

/** `E = −w Σ_t a_i(t) b_j(t) − f Σ_t b_j(t)`: one weight and one field for given pairs t. */
function shared(units: readonly [number, number], pairs: Uint32Array, isOn = true): OpenInteraction {
  const add = (out: Float64Array, n: number, x: number): void => {
    out[n] = (out[n] as number) + x;
  };
  const each = (visit: (i: number, j: number) => void): void => {
    for (let t = 0; t < pairs.length; t += 2) visit(pairs[t] as number, pairs[t + 1] as number);
  };
  const at = (values: readonly (Float64Array | undefined)[], p: 0 | 1, row: number, unit: number): number =>
    values[p]?.[row * units[p] + unit] as number;
  return {
    specVersion: 1,
    kind: 'acme/shared',
    name: 'shared',
    between: [0, 1],
    units: [...units],
    widths: [1, 1],
    joins: [[0, 1]],
    settings: { isOn, strength: 0.5, label: 'x' },
    indices: { pairs },
    parameters: [
      { name: 'weight', shape: [1, 1] },
      { name: 'field', shape: [1], field: true },
    ],
    initial: new Float64Array(2),
    addEnergy: ([w, f], values, scale, out) => {
      for (let row = 0; row < out.length; row++) {
        each((i, j) =>
          add(out, row, -scale * at(values, 1, row, j) * ((w as number) * at(values, 0, row, i) + (f as number))),
        );
      }
    },
    addInputs: () => {},
    addStatistics: () => {},
    addInputChange: () => {},
    visitPairs: (visit) => each((i, j) => visit(0, i, 1, j)),
  };
}

function model(): EnergyModel {
  const made = createModel({
    kind: 'acme/machine',
    layers: [
      { name: 'visible', layer: bernoulli(3), visible: true },
      { name: 'hidden', layer: spin(2) },
    ],
    interactions: [
      shared([3, 2], Uint32Array.of(0, 0, 2, 1, 1, 1)),
      { kind: 'dense', name: 'weights', between: [0, 1] },
    ],
    blocks: [[1], [0]],
  });
  made.parameters.set(Float32Array.from({ length: made.layout.length }, (_, i) => Math.fround(Math.sin(i))));
  return made;
}

const factory: InteractionFactory = ({ layers: [a, b], indices }, settings) =>
  shared([a?.units as number, b?.units as number], indices.pairs as Uint32Array, settings.isOn as boolean);
const interactions = { 'acme/shared': factory };
const bytes = encodeModel(model(), { plugins: { 'acme/shared': 'rbm-plugin-acme' } });

/** The file with another entry of the interaction. */
function changed(entry: Record<string, unknown>): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, 'model');
  const structure = JSON.parse(metadata.structure as string);
  Object.assign(structure.interactions[0], entry);
  return encodeSafetensors(tensors as never, { ...metadata, structure: JSON.stringify(structure) });
}

describe('interactions of third parties in a model file', () => {
  it('are made again from their settings, lists and parameters', () => {
    const { model: read, details } = decodeModel(bytes, 'model', { interactions });
    expect(details.plugins).toEqual({ 'acme/shared': 'rbm-plugin-acme' });
    expect(read.layout).toEqual(model().layout);
    expect(read.parameters).toEqual(model().parameters);
    expect(parameter(read, 'shared.field')).toEqual(parameter(model(), 'shared.field'));
    const [open] = read.interactions as [OpenInteraction];
    expect([open.settings, open.indices]).toEqual([
      { isOn: true, strength: 0.5, label: 'x' },
      { pairs: Uint32Array.of(0, 0, 2, 1, 1, 1) },
    ]);
    const values = { visible: Float64Array.of(1, 0, 1), hidden: Float64Array.of(1, -1) };
    expect(energy(read, values)).toEqual(energy(model(), values));
  });

  it('stand where the file says, not where the factory puts them', () => {
    const moved: InteractionFactory = (...given) => ({ ...factory(...given), name: 'other', between: [1, 0] });
    const { model: read } = decodeModel(bytes, 'model', { interactions: { 'acme/shared': moved } });
    expect(read.interactions[0]).toMatchObject({ name: 'shared', between: [0, 1] });
  });

  it('are refused without their plugin, which is named', () => {
    expect(() => decodeModel(bytes, 'model')).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(/interactions of kind "acme\/shared".*"rbm-plugin-acme"/),
      }),
    );
    const anonymous = encodeModel(model());
    expect(() => decodeModel(anonymous, 'model')).toThrow(/only dense, symmetric, sparse\.$/);
  });

  it('are not saved where clamped units left them', () => {
    const [open] = model().interactions as [OpenInteraction];
    const left = { ...model(), interactions: [{ ...open, settings: null }, ...model().interactions.slice(1)] };
    expect(() => encodeModel(left)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a kind without a namespace', { kind: 'shared' }, 'FILE_INVALID'],
    ['no settings', { settings: undefined }, 'FILE_INVALID'],
    ['settings that are lists', { settings: { isOn: [1] } }, 'FILE_INVALID'],
    ['settings of a built-in kind', { kind: 'dense' }, 'FILE_INVALID'],
    ['a list that is missing', { indices: ['pairs', 'more'] }, 'FILE_INVALID'],
    ['lists that are no names', { indices: [1] }, 'FILE_INVALID'],
    ['a layer that is not there', { between: [0, 2] }, 'FILE_INVALID'],
    ['a layer twice', { between: [0, 0] }, 'FILE_INVALID'],
    ['an unknown kind', { kind: 'acme/else' }, 'UNSUPPORTED'],
    ['the name of another', { name: 'weights' }, 'FILE_INVALID'],
  ])('are refused with %s', (_, entry, code) => {
    expect(() => decodeModel(changed(entry), 'model', { interactions })).toThrow(expect.objectContaining({ code }));
  });

  it('are refused where a factory makes another kind, or other arrays', () => {
    const other: InteractionFactory = (...given) => ({ ...factory(...given), kind: 'acme/else' });
    const wider: InteractionFactory = (...given) => ({
      ...factory(...given),
      parameters: [{ name: 'weight', shape: [2] }],
    });
    for (const wrong of [other, wider]) {
      expect(() => decodeModel(bytes, 'model', { interactions: { 'acme/shared': wrong } })).toThrow(
        expect.objectContaining({ code: 'FILE_INVALID' }),
      );
    }
  });
});
