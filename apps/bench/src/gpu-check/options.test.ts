import { expect, it } from 'vitest';
import { parseCheckOptions } from './options.js';

it('is quick by default', () => {
  expect(parseCheckOptions([])).toEqual({ form: 'quick', out: 'gpu-check-results', largest: 8192, help: false });
});

it('takes a form, a folder and a largest size', () => {
  expect(parseCheckOptions('--full --out there --largest 256'.split(' '))).toEqual({
    form: 'full',
    out: 'there',
    largest: 256,
    help: false,
  });
  expect(parseCheckOptions(['--quick']).form).toBe('quick');
  expect(parseCheckOptions(['--help']).help).toBe(true);
});

it('throws for what is not valid', () => {
  expect(() => parseCheckOptions(['--quick', '--full'])).toThrow('--quick and --full exclude each other');
  expect(() => parseCheckOptions(['--out', ''])).toThrow('--out is empty');
  expect(() => parseCheckOptions(['--largest', '3'])).toThrow('--largest is 3; expected');
  expect(() => parseCheckOptions(['--slow'])).toThrow("Unknown option '--slow'");
});
