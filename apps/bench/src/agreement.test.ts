import { describe, expect, it } from 'vitest';
import { agreement, deviation, sameChange } from './agreement.js';

describe('agreement of two sides', () => {
  it('accepts noise and refuses another scale, sign or direction', () => {
    const change = Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const noisy = change.map((value, i) => value + 0.05 * Math.cos(7 * i));
    expect(sameChange(agreement(change, noisy))).toBe(true);
    expect(
      sameChange(
        agreement(
          change,
          change.map((value) => 1.2 * value),
        ),
      ),
    ).toBe(false);
    expect(
      sameChange(
        agreement(
          change,
          change.map((value) => -value),
        ),
      ),
    ).toBe(false);
    expect(
      sameChange(
        agreement(
          change,
          change.map((_, i) => Math.sin(3 * i)),
        ),
      ),
    ).toBe(false);
  });

  it('measures differences of means in standard errors', () => {
    expect(deviation([1, 3], [5, 7])).toBeCloseTo(-4 / Math.SQRT2, 12);
  });
});
