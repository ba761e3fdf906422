import { expect, it } from 'vitest';
import { isConfigured, ratioText, verdict } from './verdict.js';

it('compares a ratio with its goal', () => {
  expect(verdict(2, 2, true)).toBe('met');
  expect(verdict(1.99, 2, undefined)).toBe('missed');
  expect(verdict(9, 2, false)).toBe('void: peer misconfigured');
});

it('holds PyTorch against its reference where there is one', () => {
  expect(isConfigured('cd-1', 3.7, true)).toBe(true);
  expect(isConfigured('cd-1', 3.9, true)).toBe(false);
  expect(isConfigured('cd-1', 3.9, false)).toBeUndefined();
  expect(isConfigured('digits', 3.9, true)).toBeUndefined();
});

it('prints a ratio with its quartiles', () => {
  expect(ratioText({ median: 2.314, lowerQuartile: 2.2, upperQuartile: 2.4, least: 2 })).toBe('2.31 (2.20–2.40)');
});
