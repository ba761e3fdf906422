import { describe, expect, it } from 'vitest';
import { equalAcceptance, startingLadder } from './ladder.js';

describe('startingLadder', () => {
  it('has so many rungs at equal distances, or those that are listed', () => {
    expect(Array.from(startingLadder(5))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(startingLadder()).toHaveLength(24);
    expect(Array.from(startingLadder([0, 0.9, 1]))).toEqual([0, 0.9, 1]);
    expect(Array.from(startingLadder([0.5, 1]))).toEqual([0.5, 1]);
  });

  it.each([1, 2.5, Number.NaN, [1], [0, 0.5], [0, 1, 1], [0, 0.7, 0.6, 1], [-0.1, 1], [0, Number.NaN, 1]])(
    'refuses %j',
    (ladder) => {
      expect(() => startingLadder(ladder)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    },
  );
});

describe('equalAcceptance', () => {
  it('keeps a ladder whose swaps are accepted equally often', () => {
    const ladder = Float64Array.of(0, 0.1, 0.5, 1);
    equalAcceptance(ladder, Float64Array.of(0.4, 0.4, 0.4)).forEach((beta, t) => {
      expect(beta).toBeCloseTo(ladder[t] as number, 12);
    });
  });

  it('puts rungs where the rejections up to them, linear between the old rungs, are equal shares of all', () => {
    // Rejections 0.1, 0.5, 0.3 add up to 0.9: a third is reached 0.2 / 0.5 into the second interval, two thirds at its end.
    const found = equalAcceptance(Float64Array.of(0, 0.2, 0.6, 1), Float64Array.of(0.9, 0.5, 0.7));
    [0, 0.2 + 0.4 * 0.4, 0.6, 1].forEach((beta, t) => {
      expect(found[t]).toBeCloseTo(beta, 12);
    });
  });

  it('stays increasing where nothing is rejected', () => {
    const found = equalAcceptance(Float64Array.of(0, 0.2, 0.6, 1), Float64Array.of(1, 1, 0));
    for (let t = 1; t < found.length; t++) expect(found[t]).toBeGreaterThan(found[t - 1] as number);
  });
});
