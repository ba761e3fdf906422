import { describe, expect, it } from 'vitest';
import { constantColumns, measureStandardisation, standardise, unstandardise } from './standardise.js';

const samples = { values: Float64Array.of(1, 0.1, 10, 3, 0.1, 30, 5, 0.1, 20), count: 3, width: 3 };

describe('standardisation', () => {
  it('gives each column mean 0 and variance 1, and the way back', () => {
    const units = measureStandardisation(samples);
    expect(Array.from(units.mean)).toEqual([3, 0.1, 20]);
    expect(units.scale[0]).toBeCloseTo(Math.sqrt(8 / 3), 14);
    const { values } = standardise(samples, units);
    expect(values[0]).toBeCloseTo(-Math.sqrt(1.5), 14);
    const back = unstandardise(values as Float64Array, units);
    samples.values.forEach((x, i) => {
      expect(back[i]).toBeCloseTo(x, 13);
    });
  });

  it('keeps constant columns, at 0 with scale 1, and finds them', () => {
    expect(measureStandardisation(samples).scale[1]).toBe(1);
    expect(standardise(samples, measureStandardisation(samples)).values[1]).toBe(0);
    expect(constantColumns(samples)).toEqual([1]);
  });

  it('takes columns that differ by rounding for constant', () => {
    const values = Float64Array.of(0.1 + 0.2, 1e6, 0.3, 1e6 + 1e-3, 0.3, 1e6);
    const near = { values, count: 3, width: 2 };
    expect(constantColumns(near)).toEqual([0]);
    const { scale } = measureStandardisation(near);
    expect(scale[0]).toBe(1);
    expect(scale[1]).toBeLessThan(1e-3);
    expect(constantColumns({ ...near, values: Float32Array.of(1000, 1, 1000.0001, 2, 1000, 1) })).toEqual([0]);
    const missing = { values: Float64Array.of(1, Number.NaN, 1), count: 3, width: 1 };
    expect(() => measureStandardisation(missing)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it('by the root mean square leaves zero where it is', () => {
    const units = measureStandardisation(samples, 'root-mean-square');
    expect(Array.from(units.mean)).toEqual([0, 0, 0]);
    expect(units.scale[0]).toBeCloseTo(Math.sqrt(35 / 3), 14);
  });

  it('counts weighted samples as duplicates', () => {
    const weighted = { values: Float64Array.of(1, 5), count: 2, width: 1, weights: Float64Array.of(3, 1) };
    const duplicated = { values: Float64Array.of(1, 1, 1, 5), count: 4, width: 1 };
    expect(measureStandardisation(weighted)).toEqual(measureStandardisation(duplicated));
  });

  it('refuses what it cannot scale', () => {
    const bad = { values: Float64Array.of(1, Number.NaN), count: 2, width: 1 };
    expect(() => measureStandardisation(bad)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    const zero = { mean: new Float64Array(3), scale: new Float64Array(3) };
    expect(() => standardise(samples, zero)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    const narrow = { mean: new Float64Array(2), scale: new Float64Array(2).fill(1) };
    expect(() => standardise(samples, narrow)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});
