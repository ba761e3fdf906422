import { expect, it } from 'vitest';
import { markdownTable, milliseconds } from './table.js';

it('aligns a table', () => {
  expect(
    markdownTable(
      ['case', 'ms'],
      [
        ['CD-1', '1.25'],
        ['annealing', '10'],
      ],
    ),
  ).toBe(['| case      |   ms |', '| --------- | ---: |', '| CD-1      | 1.25 |', '| annealing |   10 |'].join('\n'));
});

it('prints milliseconds', () => {
  expect([1.23456, 0.0123456, 1234.5, Number.NaN].map(milliseconds)).toEqual(['1.23 ms', '0.0123 ms', '1230 ms', '–']);
});
