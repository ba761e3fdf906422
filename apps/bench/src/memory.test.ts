import { expect, it } from 'vitest';
import { necessaryBytes } from './memory.js';

it('counts what a training must hold', () => {
  // 16 + 8 + 128 parameters three times, 128 weights once more, bits of 10 rows of 16, 8 and 16 units.
  expect(necessaryBytes(16, 8, 10)).toBe(3 * 4 * 152 + 4 * 128 + 10 * (2 + 1 + 2));
});
