import { describe, expect, it } from 'vitest';
import { checkOptions, type OptionSpecs } from './options.js';

const specs: OptionSpecs = {
  rate: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
  count: { type: 'integer', minimum: 1, default: 3 },
  quiet: { type: 'boolean', default: false },
  mode: { type: 'string', choices: ['slow', 'fast'], default: 'slow' },
};

describe('checkOptions', () => {
  it('fills in defaults', () => {
    expect(checkOptions('x', specs, { count: 7 })).toEqual({ rate: 0.5, count: 7, quiet: false, mode: 'slow' });
    expect(checkOptions('x', {})).toEqual({});
  });

  it.each<[given: unknown, mentions: RegExp]>([
    [{ rat: 1 }, /no option "rat".*Did you mean "rate"/],
    [{ zebra: 1 }, /no option "zebra".*takes rate, count, quiet, mode/],
    [{ toString: 1 }, /no option "toString"/],
    [{ rate: '1' }, /"rate".*finite number from 0 to 1, not "1"/],
    [{ rate: Number.NaN }, /NaN/],
    [{ rate: 1.5 }, /from 0 to 1, not 1.5/],
    [{ count: 0 }, /at least 1, not 0/],
    [{ count: 1.5 }, /whole number/],
    [{ quiet: 'yes' }, /true or false/],
    [{ mode: 'fats' }, /one of slow, fast/],
    [[], /an object/],
    [null, /an object/],
  ])('refuses %j', (given, mentions) => {
    expect(() => checkOptions('x', specs, given)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(mentions) }),
    );
  });

  it('refuses to go on without an option that has no default', () => {
    expect(() => checkOptions('x', { path: { type: 'string' } })).toThrow(/"path".*a text, not left out/);
  });
});
