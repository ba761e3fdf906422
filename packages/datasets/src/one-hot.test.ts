import { describe, expect, it } from 'vitest';
import { fromOneHot, oneHot } from './one-hot.js';

describe('one-hot units', () => {
  it('hold a 1 at the category, and give it back', () => {
    const samples = oneHot({ values: Uint8Array.of(0, 2, 1, 1), count: 2, width: 2 }, 3);
    expect(samples).toMatchObject({ count: 2, width: 6 });
    expect(Array.from(samples.values)).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]);
    expect(Array.from(fromOneHot(samples.values, 3))).toEqual([0, 2, 1, 1]);
    expect(Array.from(fromOneHot(Float64Array.of(0.2, 0.5, 0.3), 3))).toEqual([1]);
  });

  it.each([3, 1.5, -1, Number.NaN])('refuse the category %s of 3, with its place', (bad) => {
    const samples = { values: Float64Array.of(0, 1, 2, bad), count: 2, width: 2 };
    expect(() => oneHot(samples, 3)).toThrow(expect.objectContaining({ code: 'DATA_INVALID' }));
    expect(() => oneHot(samples, 3)).toThrow(/Row 1, column 1/);
  });

  it('refuse shapes that do not fit', () => {
    expect(() => oneHot({ values: new Uint8Array(3), count: 2, width: 2 }, 3)).toThrow(/4 values/);
    expect(() => fromOneHot(new Float64Array(4), 3)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(() => oneHot({ values: new Uint8Array(1), count: 1, width: 1 }, 1)).toThrow(/at least 2/);
  });
});
