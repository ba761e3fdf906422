import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

it('measures everything unless told otherwise', () => {
  const { selected, repetitions, json } = parseOptions([]);
  expect([...selected]).toEqual(expect.arrayContaining(['cd-1', 'ais', 'half-on', 'growth', 'memory', 'chromium']));
  expect([repetitions, json]).toEqual([9, undefined]);
});

it('takes cases, repetitions and a file', () => {
  const { selected, repetitions, json } = parseOptions(
    '--case cd-1 --case ais --repetitions 3 --json a.json'.split(' '),
  );
  expect([[...selected], repetitions, json]).toEqual([['cd-1', 'ais'], 3, 'a.json']);
});

it('refuses what it does not know', () => {
  expect(() => parseOptions(['--case', 'cd-2'])).toThrow('There is no case "cd-2". Choose among cd-1, cd-10');
  expect(() => parseOptions(['--repetitions', '0'])).toThrow('not 0');
  expect(() => parseOptions(['--minutes', '0'])).toThrow('positive number, not 0');
  expect(() => parseOptions(['--fast'])).toThrow("Unknown option '--fast'");
});
