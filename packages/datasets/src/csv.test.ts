import { describe, expect, test } from 'vitest';
import { parseCsv } from './csv.js';

const name = 'table.csv';

test('a table of numbers', () => {
  const samples = parseCsv('1,2,3\n-4.5,5e-1,+6\n', { name });
  expect(samples).toEqual({ values: Float64Array.of(1, 2, 3, -4.5, 0.5, 6), count: 2, width: 3 });
  expect(samples.values).toBeInstanceOf(Float64Array);
});

test.each([
  ['no line end at the end', '1,2\n3,4'],
  ['CRLF', '1,2\r\n3,4\r\n'],
  ['CR', '1,2\r3,4\r'],
  ['a byte order mark', '\uFEFF1,2\n3,4\n'],
  ['empty lines and comments', '# made by hand\n\n1,2\n\n3,4\n\n'],
  ['quotes and spaces', '"1", 2\n 3 ,"4"\n'],
  ['semicolons', '1;2\n3;4\n'],
  ['tabs', '1\t2\n3\t4\n'],
  ['single spaces', '1 2\n3 4\n'],
  ['a header', 'left,right\n1,2\n3,4\n'],
  ['a header without a name for one column', ',right\n1,2\n3,4\n'],
])('%s', (_, text) => {
  expect([...parseCsv(text, { name }).values]).toEqual([1, 2, 3, 4]);
});

test('one column', () => {
  expect(parseCsv('1\n0\n1\n')).toMatchObject({ count: 3, width: 1 });
});

test('`separator` and `header` overrule what the text looks like', () => {
  expect(parseCsv('1|2\n3|4\n', { separator: '|' })).toMatchObject({ count: 2, width: 2 });
  expect([...parseCsv('7,8\n1,2\n', { header: true }).values]).toEqual([1, 2]);
  expect(() => parseCsv('a,b\n1,2\n', { name, header: false })).toThrow(/table\.csv: line 1, column 1: .*"a"/);
});

describe('labels', () => {
  test('in the first or the last column', () => {
    const expected = { values: Float64Array.of(1, 2, 3, 4), count: 2, width: 2, labels: Uint8Array.of(9, 8) };
    expect(parseCsv('9,1,2\n8,3,4\n', { label: 'first' })).toEqual(expected);
    expect(parseCsv('p,q,label\n1,2,9\n3,4,8\n', { label: 'last' })).toEqual(expected);
  });

  test.each(['256', '-1', '1.5'])('%s is none', (label) => {
    expect(() => parseCsv(`1,2\n3,${label}\n`, { name, label: 'last' })).toThrow(/line 2, column 2: expected a label/);
  });

  test('need a column of values beside them', () => {
    expect(() => parseCsv('1\n2\n', { label: 'first' })).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
  });
});

test.each([
  ['a word', '1,2\n3,four\n', 'line 2, column 2: expected a finite number, found "four"'],
  ['a word in the first line', '1,two\n3,4\n', 'line 1, column 2: expected a finite number, found "two"'],
  ['NaN', '1,2\n3,NaN\n', 'line 2, column 2: expected a finite number, found "NaN"'],
  ['a first line of NaN, which is no header', 'nan,nan\n3,4\n', 'line 1, column 1'],
  ['an infinity', '1,2\n-Infinity,4\n', 'line 2, column 1: expected a finite number, found "-Infinity"'],
  ['a number too large for float64', '1e999,2\n', 'line 1, column 1'],
  ['an empty field', '1,2\n3,\n', 'line 2, column 2: expected a finite number, found ""'],
  ['a short line', '1,2\n3\n', 'line 2 has 1 fields, expected 2'],
  ['a long line', '1,2\n3,4,5\n', 'line 2 has 3 fields, expected 2'],
  ['a line number after comments, empty lines and a header', '# a\n\np,q\n1,2\n3,x\n', 'line 5, column 2'],
  ['an open quote', '1,2\n"3,4\n', 'line 2'],
  ['nothing', '', 'no samples'],
  ['only a header', 'p,q\n', 'no samples'],
  ['only comments', '# a\n# b\n', 'no samples'],
])('refuses %s', (_, text, message) => {
  expect(() => parseCsv(text, { name })).toThrow(
    expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringContaining(message) }),
  );
  expect(() => parseCsv(text, { name })).toThrow(name);
});
