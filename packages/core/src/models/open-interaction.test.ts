import { describe, expect, test } from 'vitest';
import { Catalog } from '../contracts/catalog.js';
import { codeOf } from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { bernoulli } from '../layers/bernoulli.js';
import { gaussian } from '../layers/gaussian.js';
import { spin } from '../layers/spin.js';
import { condition } from './condition.js';
import { createModel } from './create-model.js';
import { effectiveCouplings } from './effective-couplings.js';
import { energy, inputs } from './energy.js';
import { couplingMatrix } from './hopfield.js';
import { areJoined, type Interaction, joinedLayers, type OpenInteraction } from './interaction.js';
import type { EnergyModel } from './model.js';
import { checkNormalisable } from './normalisable.js';
import { listPairs } from './structure.js';

/** `E = −w Σ_i a_i b_i − f Σ_i b_i`: two layers of as many units, one weight and one field for all. */
function twins(units: number, changes: Partial<OpenInteraction> = {}): OpenInteraction {
  const each = (out: Float64Array, f: (i: number, row: number) => number): void => {
    for (let n = 0; n < out.length; n++) out[n] = (out[n] as number) + f(n % units, Math.floor(n / units));
  };
  return {
    specVersion: 1,
    kind: 'test/twins',
    name: 'twins',
    between: [0, 1],
    units: [units, units],
    widths: [1, 1],
    joins: [[0, 1]],
    settings: { strict: true },
    parameters: [
      { name: 'weight', shape: [1] },
      { name: 'field', shape: [1], field: true, minimum: -3 },
    ],
    initial: Float64Array.of(0.5, -1),
    addEnergy: ([w, f], [a, b], scale, out) => {
      for (let n = 0; n < (a as Float64Array).length; n++) {
        const row = Math.floor(n / units);
        const [x, y] = [a?.[n] as number, b?.[n] as number];
        out[row] = (out[row] as number) - scale * ((w as number) * x * y + (f as number) * y);
      }
    },
    addInputs: ([w, f], to, values, out) =>
      each(
        out,
        (i, row) => (w as number) * (values[1 - to]?.[row * units + i] as number) + (to === 1 ? (f as number) : 0),
      ),
    addStatistics: ([a, b], scale, out) => {
      for (let n = 0; n < (a as Float64Array).length; n++) {
        const s = scale[Math.floor(n / units)] as number;
        out[0] = (out[0] as number) + s * (a?.[n] as number) * (b?.[n] as number);
        out[1] = (out[1] as number) + s * (b?.[n] as number);
      }
    },
    addInputChange: ([w], from, number, change, to, _, out) => {
      if (to !== from) out[number] = (out[number] as number) + (w as number) * change;
    },
    visitPairs: (visit) => {
      for (let i = 0; i < units; i++) visit(0, i, 1, i);
    },
    ...changes,
  };
}

function model(interaction: Interaction, layers = [bernoulli(2), spin(2)], blocks = [[1], [0]]): EnergyModel {
  return createModel({
    kind: 'test/twins',
    layers: layers.map((layer, l) => ({ name: `layer ${l}`, layer, visible: l === 0 })),
    interactions: [interaction],
    blocks,
  });
}

describe('a model with an open interaction', () => {
  test('has its arrays by name, its initial parameters, and fields that do not decay', () => {
    const made = model(twins(2));
    const own = made.layout.arrays.slice(2);
    expect(own.map(({ name, minimum, interaction }) => [name, minimum, interaction])).toEqual([
      ['twins.weight', Number.NEGATIVE_INFINITY, true],
      ['twins.field', -3, false],
    ]);
    expect([...made.parameters.slice(4)]).toEqual([0.5, -1]);
    expect(made.layout.interactions).toEqual([{ start: 4, end: 6 }]);
  });

  test.each<[string, Partial<OpenInteraction>, RegExp]>([
    ['a kind without a namespace', { kind: 'twins' as 'a/b' }, /namespace/],
    ['a layer twice', { between: [0, 0] }, /each once/],
    ['a layer that is not there', { between: [0, 2] }, /layers of the model/],
    ['other units', { units: [2, 3] }, /is for 3 units/],
    ['other widths', { widths: [1, 2] }, /of width 2/],
    ['joins of other positions', { joins: [[0, 2]] }, /positions 0 to 1/],
    ['an array twice', { indices: { weight: new Uint32Array() } }, /same name/],
    ['too few initial parameters', { initial: new Float64Array(1) }, /1 initial parameters; expected 2/],
    ['pairs that are not declared', { joins: [] }, /missing from its joins/],
    ['a unit with itself', { joins: [[0, 0]], visitPairs: (visit) => visit(0, 1, 0, 1) }, /two different units/],
    ['a unit that is not there', { visitPairs: (visit) => visit(0, 1, 1, 2) }, /two different units/],
    ['units of one block', { joins: [[0, 0]], visitPairs: (visit) => visit(0, 1, 0, 0) }, /one block, number 1/],
  ])('is refused with %s', async (_, changes, message) => {
    expect(() => model(twins(2, changes))).toThrow(message);
    expect(await codeOf(() => model(twins(2, changes)))).toBe('ARGUMENT_INVALID');
  });

  test('says what acts on what', () => {
    expect(joinedLayers(twins(2, { between: [3, 1] }))).toEqual([[3, 1]]);
    expect([areJoined([twins(2)], 1, 0), areJoined([twins(2)], 0, 0)]).toEqual([true, false]);
    const dense: Interaction = { kind: 'dense', name: 'w', between: [1, 0] };
    const symmetric: Interaction = { kind: 'symmetric', name: 's', between: [1, 1] };
    expect([...listPairs([bernoulli(2), spin(2)], [twins(2), dense, symmetric])]).toEqual([
      0, 2, 1, 3, 2, 0, 2, 1, 3, 0, 3, 1, 2, 3,
    ]);
  });

  test('keeps its fields where a layer is summed out', () => {
    const made = model(twins(2));
    expect([...inputs(made, 'layer 1', { 'layer 0': Float64Array.of(1, 0) })]).toEqual([-0.5, -1]);
    const free = energy(made, { 'layer 0': Float64Array.of(1, 0) })[0];
    expect(free).toBeCloseTo(-Math.log(2 * Math.cosh(-0.5)) - Math.log(2 * Math.cosh(-1)), 12);
  });

  test('is exact where Gaussian units receive a field, though no pair is joined', async () => {
    const alone = twins(2, { joins: [], visitPairs: () => {}, between: [1, 0], addInputChange: () => {} });
    const field: OpenInteraction = {
      ...alone,
      addEnergy: ([, f], [, b], scale, out) =>
        out.forEach((e, row) => {
          out[row] = e - scale * (f as number) * ((b?.[2 * row] as number) + (b?.[2 * row + 1] as number));
        }),
      addInputs: ([, f], to, _, out) => {
        if (to === 1) for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (f as number);
      },
    };
    const { logPartition, means } = await enumerate(model(field, [gaussian(2), gaussian(2)], [[0, 1]]));
    expect(logPartition).toBeCloseTo(2 * Math.log(2 * Math.PI) + 2 * 0.5, 12);
    expect([...(means['layer 0'] as Float64Array)]).toEqual([-1, -1]);
  });
});

describe('what needs pairs', () => {
  test('refuses an open interaction between unbounded units, and takes one with bounded units', async () => {
    const unbounded = model(twins(2), [gaussian(2), gaussian(2)]);
    expect(() => checkNormalisable(unbounded)).toThrow(/"twins".*joins unbounded units of "layer 0" \(gaussian\)/);
    expect(await codeOf(() => checkNormalisable(unbounded))).toBe('UNSUPPORTED');
    expect(await codeOf(() => checkNormalisable(model(twins(2), [bernoulli(2), gaussian(2)])))).toBe('no error');
  });

  test('refuses it by code', async () => {
    const inside = createModel({
      kind: 'test/ring',
      layers: [{ name: 'visible', layer: spin(2), visible: true }],
      interactions: [
        twins(1, { between: [0], units: [2], widths: [1], joins: [[0, 0]], visitPairs: (visit) => visit(0, 0, 0, 1) }),
      ],
      blocks: [0, 1].map((i) => [{ layer: 0, units: Uint32Array.of(i) }]),
    });
    expect(await codeOf(() => couplingMatrix(inside))).toBe('UNSUPPORTED');
    expect(await codeOf(() => effectiveCouplings(model(twins(2))))).toBe('UNSUPPORTED');
  });
});

describe('clamping', () => {
  const sample = Float64Array.of(1, 0);

  test('leaves the interaction as it was where none of its units is clamped', () => {
    const own = twins(2);
    expect(condition(model(own), [0, 0], sample).interactions).toEqual([own]);
  });

  test('puts values in, and the rest cannot be saved', () => {
    const given = condition(model(twins(2)), [1, 0], sample);
    const [left] = given.interactions as [OpenInteraction];
    expect([left.kind, left.settings, left.units, left.joins]).toEqual(['test/twins/clamped', null, [1, 2], [[0, 1]]]);
    expect([...listPairs(given.layers, given.interactions)]).toEqual([0, 2]);
  });

  test('leaves what the author says, fields and constants by the way', () => {
    const whole = model(
      twins(2, {
        condition: ([w]) => [
          {
            interaction: { kind: 'sparse', name: 'left', between: [0, 1], edges: Uint32Array.of(0, 1) },
            parameters: Float64Array.of(w as number),
          },
        ],
      }),
    );
    const given = condition(whole, [1, 0], sample);
    expect(given.interactions.map(({ kind, name }) => [kind, name])).toEqual([['sparse', 'left']]);
    for (const [a, b0, b1] of [
      [0, 1, 1],
      [1, -1, 1],
      [1, 1, -1],
    ] as const) {
      const found = energy(given, { 'layer 0': Float64Array.of(a), 'layer 1': Float64Array.of(b0, b1) });
      const wanted = energy(whole, { 'layer 0': Float64Array.of(1, a), 'layer 1': Float64Array.of(b0, b1) });
      expect(found[0]).toBeCloseTo(wanted[0] as number, 12);
    }
  });

  test('of all its units leaves a constant', () => {
    const both = createModel({
      kind: 'test/twins',
      layers: [
        { name: 'a', layer: bernoulli(2), visible: true },
        { name: 'b', layer: spin(2), visible: true },
        { name: 'c', layer: spin(1) },
      ],
      interactions: [twins(2)],
      blocks: [[1], [0], [2]],
    });
    const given = condition(both, [1, 1, 1, 1], Float64Array.of(1, 0, -1, 1));
    // −w (1·(−1) + 0·1) − f (−1 + 1)
    expect([given.interactions, given.constant]).toEqual([[], 0.5]);
  });
});

test('plugins provide interactions, which a catalog makes at once', async () => {
  const plugin = {
    name: 'rbm-plugin-twins',
    specVersion: { interactions: 1 },
    provides: {
      interactions: {
        'test/twins': {
          options: { strict: { type: 'boolean' } },
          create: (_: unknown, { interaction }: { interaction: { layers: readonly { units: number }[] } }) =>
            twins(interaction.layers[0]?.units as number),
        },
        'test/empty': { create: () => ({ specVersion: 1, kind: 'test/empty' }) },
      },
    },
  };
  const place = { name: 'twins', between: [0, 1], layers: [bernoulli(3), spin(3)], indices: {} };
  const catalog = new Catalog([plugin]);
  expect(catalog.createInteraction('test/twins', place, { strict: true }).units).toEqual([3, 3]);
  expect(await codeOf(() => catalog.createInteraction('test/twins', place, { strict: 3 }))).toBe('OPTION_INVALID');
  expect(await codeOf(() => catalog.createInteraction('test/empty', place))).toBe('PLUGIN_INVALID');
  expect(await codeOf(() => catalog.createInteraction('test/gone', place))).toBe('PLUGIN_UNKNOWN');
});
