import { expect, test } from 'vitest';
import { GrayCode } from './gray.js';

test.each([[[2]], [[2, 2, 2, 2, 2]], [[3, 3, 3]], [[2, 3, 4]], [[5, 2, 3, 2]], [[4]]])(
  'radices %s: every word once, one digit by one at a time',
  (radices) => {
    const code = new GrayCode(radices);
    const words = radices.reduce((product, radix) => product * radix, 1);
    const seen = new Set([code.digits.join()]);
    for (let n = 1; n < words; n++) {
      const before = [...code.digits];
      expect(code.advance()).toBe(true);
      const changes = before.map((digit, i) => Math.abs(digit - (code.digits[i] as number)));
      expect(changes.map((change, i) => (i === code.changed ? change : 1 - change))).toEqual(radices.map(() => 1));
      code.digits.forEach((digit, i) => {
        expect(digit).toBeGreaterThanOrEqual(0);
        expect(digit).toBeLessThan(radices[i] as number);
      });
      seen.add(code.digits.join());
    }
    expect(seen.size).toBe(words);
    const last = [...code.digits];
    expect(code.advance()).toBe(false);
    expect(code.changed).toBe(-1);
    expect([...code.digits]).toEqual(last);
  },
);

test('no digits: one word', () => {
  expect(new GrayCode([]).advance()).toBe(false);
});
