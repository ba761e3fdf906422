import { describe, expect, it } from 'vitest';
import { scheduled } from './schedule.js';

describe('a schedule', () => {
  it('stays, or moves linearly from the first step to the last', () => {
    expect(scheduled(0.3, 5, 9)).toBe(0.3);
    expect([0, 1, 2, 3, 4].map((step) => scheduled({ from: 1, to: 0 }, 10 * step, 40))).toEqual([
      1, 0.75, 0.5, 0.25, 0,
    ]);
    expect(scheduled({ from: 1, to: 0 }, 0, 0)).toBe(1);
  });
});
