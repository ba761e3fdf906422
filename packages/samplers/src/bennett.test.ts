import { generator } from '@rbm/core';
import { errorsInStandardErrors, rootMeanSquareOfErrors } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { bennettRatio, sumRatios, type Works } from './bennett.js';

/**
 * Works between two normal distributions of unit variance at 0 and at `shift`, whose free energies are those of the densities plus
 * `offset` on one side: `log Z_1 − log Z_0 = −offset`. Samples of a group are correlated.
 */
function normalWorks(seed: number, groups: number, length: number, shift: number, offset: number): Works {
  const random = generator(seed);
  const memory = 0.8;
  const side = (centre: number, chain: number): Float64Array => {
    const works = new Float64Array(groups * length);
    for (let g = 0; g < groups; g++) {
      let x = random.normal(chain, g, 0, 0);
      for (let n = 0; n < length; n++) {
        x = memory * x + Math.sqrt(1 - memory ** 2) * random.normal(chain, g, n + 1, 0);
        const at = x + centre;
        works[g * length + n] = ((at - shift) ** 2 - at ** 2) / 2 + offset;
      }
    }
    return works;
  };
  return { forward: side(0, 0), backward: side(shift, 1) };
}

describe('bennettRatio', () => {
  it('is exact where the work is the same everywhere', () => {
    const works = { forward: new Float64Array(6).fill(700), backward: new Float64Array(6).fill(700) };
    const { value, influence } = bennettRatio(works, 3);
    expect(value).toBeCloseTo(-700, 8);
    for (const share of influence) expect(Math.abs(share)).toBeLessThan(1e-9);
  });

  it('solves its equation', () => {
    const { forward, backward } = normalWorks(1, 4, 50, 2, 3);
    const d = -bennettRatio({ forward, backward }, 4).value;
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const left = forward.reduce((sum, w) => sum + sigmoid(d - w), 0);
    const right = backward.reduce((sum, w) => sum + sigmoid(w - d), 0);
    expect(left).toBeCloseTo(right, 8);
  });

  it('gives each group the influence that leaving it out has, to first order', () => {
    const groups = 40;
    const { forward, backward } = normalWorks(2, groups, 30, 1, 0);
    const { value, influence } = bennettRatio({ forward, backward }, groups);
    expect(influence.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0, 10);
    for (let g = 0; g < groups; g++) {
      const without = (works: Float64Array): Float64Array => works.filter((_, i) => Math.floor(i / 30) !== g);
      const left = bennettRatio({ forward: without(forward), backward: without(backward) }, groups - 1).value;
      const largest = Math.max(...influence.map(Math.abs));
      expect(Math.abs(value - left - (influence[g] as number))).toBeLessThan(0.1 * largest);
    }
  });

  it('has errors that count the correlation within groups: 300 seeds', async () => {
    const seeds = Array.from({ length: 300 }, (_, seed) => seed);
    const errors = await errorsInStandardErrors(seeds, async (seed) => {
      const { value, standardError } = sumRatios([bennettRatio(normalWorks(seed, 20, 25, 1.5, -4), 20)]);
      return { estimate: value, standardError, exact: 4 };
    });
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(0.9);
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(1.2);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a work of %s', (work) => {
    const works = { forward: Float64Array.of(0, work), backward: Float64Array.of(0, 0) };
    expect(() => bennettRatio(works, 2)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

describe('sumRatios', () => {
  it('adds what a group does to each ratio before it squares', () => {
    const ratio = { value: 1, influence: Float64Array.of(0.3, -0.3) };
    const against = { value: 2, influence: Float64Array.of(-0.3, 0.3) };
    expect(sumRatios([ratio, against])).toEqual({ value: 3, standardError: 0 });
    expect(sumRatios([ratio, ratio]).standardError).toBeCloseTo(Math.sqrt(2 * 0.6 ** 2 * 2), 12);
  });
});
