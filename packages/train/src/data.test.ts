import { bernoulli, createModel, type EnergyModel, gaussian, potts, rbm, reference, type Samples } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { checkData, SampleRows } from './data.js';

const model = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
/** Two visible layers of different kinds, of which the second comes first among the layers that have data. */
const mixed: EnergyModel = createModel({
  kind: 'mixed',
  layers: [
    { name: 'pixels', layer: bernoulli(2), visible: true },
    { name: 'hidden', layer: bernoulli(2) },
    { name: 'label', layer: potts(1, { categories: 3 }), visible: true },
  ],
  interactions: [
    { kind: 'dense', name: 'a', between: [0, 1] },
    { kind: 'dense', name: 'b', between: [1, 2] },
  ],
  blocks: [[1], [0, 2]],
});

function samples(values: readonly number[], width: number, weights?: readonly number[]): Samples {
  const array = Float64Array.from(values);
  return {
    values: array,
    count: values.length / width,
    width,
    ...(weights ? { weights: Float64Array.from(weights) } : {}),
  };
}

describe('checkData', () => {
  it('tells states from means, layer by layer', () => {
    expect(checkData(model, samples([0, 1, 1, 0, 0, 0], 3), 'training')).toEqual(['states']);
    expect(checkData(model, samples([0, 1, 1, 0, 0.5, 0], 3), 'training')).toEqual(['means']);
    expect(checkData(mixed, samples([0, 0.5, 0, 1, 0, 1, 1, 1, 0, 0], 5), 'training')).toEqual(['means', 'states']);
    expect(checkData(mixed, samples([0, 1, 0, 1, 0, 1, 1, 0.5, 0.25, 0.25], 5), 'training')).toEqual([
      'states',
      'means',
    ]);
    const real = rbm({ visible: gaussian(1), hidden: bernoulli(1) });
    expect(checkData(real, samples([-7.5, 2], 1), 'training')).toEqual(['states']);
  });

  it.each<[string, Samples, string, string]>([
    ['another width', samples([0, 1, 0, 1], 2), 'DATA_INVALID', 'The training data have 2 numbers a sample'],
    ['no samples', { values: new Uint8Array(0), count: 0, width: 3 }, 'DATA_INVALID', 'hold no samples'],
    ['half a sample', { values: new Uint8Array(2), count: 0.5, width: 3 }, 'DATA_INVALID', 'hold no samples'],
    ['too few values', { values: new Uint8Array(5), count: 2, width: 3 }, 'SHAPE_MISMATCH', '2 samples of 3 numbers'],
    ['too few weights', samples([0, 0, 0, 0, 0, 0], 3, [1]), 'SHAPE_MISMATCH', '2 samples of 3 numbers'],
    [
      'a value above 1',
      samples([0, 1, 0, 0, 0, 1.5], 3),
      'DATA_INVALID',
      'Sample 1 of the training data has 1.5 at position 2',
    ],
    [
      'a value below 0',
      samples([0, -1, 0, 0, 0, 1], 3),
      'DATA_INVALID',
      'Sample 0 of the training data has -1 at position 1',
    ],
    ['a NaN', samples([0, 1, Number.NaN], 3), 'DATA_INVALID', 'Sample 0 of the training data has NaN at position 2'],
    [
      'a weight of 0',
      samples([0, 1, 0, 0, 0, 1], 3, [1, 0]),
      'DATA_INVALID',
      'Sample 1 of the training data has weight 0',
    ],
    [
      'a NaN weight',
      samples([0, 1, 0], 3, [Number.NaN]),
      'DATA_INVALID',
      'Sample 0 of the training data has weight NaN',
    ],
  ])('refuses %s', (_, data, code, message) => {
    expect(() => checkData(model, data, 'training')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('counts positions across visible layers', () => {
    const bad = samples([0, 1, 0, 1, 0, 1, 1, 0, 1, 1], 5);
    // Two categories at once in the second sample: the unit begins at position 2.
    expect(() => checkData(mixed, bad, 'held-out')).toThrow(/Sample 1 of the held-out data has 0 at position 2/);
  });
});

describe('SampleRows', () => {
  it('holds the samples asked for, split into visible layers, and weights that sum to 1', async () => {
    const backend = reference();
    const program = await backend.prepare(mixed);
    const baseline = backend.memory();
    const data = samples([0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0.5, 0, 0, 1], 5, [1, 2, 5]);
    const rows = new SampleRows(program, data, checkData(mixed, data, 'test'), 2);
    expect(rows.visible.map(({ spec }) => spec.holds)).toEqual(['means', 'states']);
    const read = (): Promise<Float64Array[]> =>
      Promise.all([...rows.visible, rows.weights as never].map(backend.read.bind(backend)));
    rows.fill((row) => [2, 0][row] as number);
    expect(await read()).toEqual([
      Float64Array.of(1, 0.5, 0, 1),
      Float64Array.of(0, 0, 1, 1, 0, 0),
      Float64Array.of(5 / 6, 1 / 6),
    ]);
    rows.fill(() => 1);
    expect(await read()).toEqual([
      Float64Array.of(1, 1, 1, 1),
      Float64Array.of(0, 1, 0, 0, 1, 0),
      Float64Array.of(0.5, 0.5),
    ]);
    rows.dispose();
    expect(backend.memory()).toEqual(baseline);
  });

  it('has no weights where the data have none', async () => {
    const program = await reference().prepare(model);
    const rows = new SampleRows(program, samples([0, 1, 0], 3), ['states'], 4);
    expect(rows.weights).toBeUndefined();
    rows.fill(() => 0);
    expect(await program.backend.read(rows.visible[0] as never)).toHaveLength(12);
  });
});
