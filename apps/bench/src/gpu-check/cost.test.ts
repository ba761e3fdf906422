import { expect, it } from 'vitest';
import { cardLimits, costOf, shareOfLimits } from './cost.js';

it('counts products and what they read and write', () => {
  expect(costOf('cd-1', 3, 2, 5)).toEqual({ operations: 300, bytes: 4 * (42 + 125) });
  expect(costOf('gibbs', 3, 2, 5)).toEqual({ operations: 120, bytes: 4 * (12 + 50) });
});

it('knows cards by their names, and no others', () => {
  expect(cardLimits('NVIDIA H100 80GB HBM3')).toEqual({ bandwidth: 3.35e12, rate: 67e12 });
  expect(cardLimits('NVIDIA H200')?.bandwidth).toBe(4.8e12);
  expect(cardLimits('NVIDIA L40S')?.bandwidth).toBe(864e9);
  expect(cardLimits('google swiftshader')).toBeUndefined();
});

it('takes the limit that is nearer', () => {
  const limits = { bandwidth: 100, rate: 1000 };
  expect(shareOfLimits({ operations: 100, bytes: 50 }, limits, 1000)).toBe(0.5);
  expect(shareOfLimits({ operations: 900, bytes: 50 }, limits, 1000)).toBe(0.9);
});
