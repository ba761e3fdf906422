import { describe, expect, test } from 'vitest';
import { parseCsv } from './csv.js';

const name = 'table.csv';

test('a table of numbers', () => {
  const samples = parseCsv('1,2,4\n-4.5,5e-1,+6\n', { name });
  expect(samples).toEqual({ values: Float64Array.of(1, 2, 4, -4.5, 0.5, 6), count: 2, width: 3, notes: [] });
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
    const expected = { values: Uint8Array.of(1, 2, 3, 4), count: 2, width: 2, labels: Uint8Array.of(9, 8), notes: [] };
    expect(parseCsv('9,1,2\n8,3,4\n', { label: 'first' })).toEqual(expected);
    const text = 'p,q,label\n1,2,9\n3,4,8\n';
    expect(parseCsv(text, { label: 'last' })).toEqual({ ...expected, names: ['p', 'q'] });
    expect(parseCsv(text, { label: 'label' })).toEqual({ ...expected, names: ['p', 'q'] });
    expect(parseCsv(text, { label: '3' })).toEqual({ ...expected, names: ['p', 'q'] });
  });

  test('are any text, sorted, numbers by value', () => {
    expect(parseCsv('1,b\n2,a\n3,b\n', { label: 'last' })).toMatchObject({
      labels: Uint8Array.of(1, 0, 1),
      labelNames: ['a', 'b'],
    });
    expect(parseCsv('1,10\n2,-1\n3,2.5\n', { label: 'last' })).toMatchObject({
      labels: Uint8Array.of(2, 0, 1),
      labelNames: ['-1', '2.5', '10'],
    });
    const many = Array.from({ length: 257 }, (_, n) => `1,c${n}`).join('\n');
    expect(() => parseCsv(many, { label: 'last' })).toThrow(
      /line 257, column 2: expected at most 256 different labels/,
    );
  });

  test('are a range of one-hot columns', () => {
    const text = '0.5 1 0 0 \n0.25 0 0 1 \n';
    expect(parseCsv(text, { label: '2-4' })).toMatchObject({ width: 1, labels: Uint8Array.of(0, 2) });
    expect(() => parseCsv('0.5 1 1\n', { label: '2-3' })).toThrow(/one 1 and else 0/);
  });

  test('need a column of values beside them', () => {
    expect(() => parseCsv('1\n2\n', { label: 'first' })).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
  });
});

test.each([
  ['a word', '1,2\n3,four\n', 'line 2, column 2: expected a finite number, found "four"'],
  ['a word in the first line', '1,two\n3,4\n', 'line 1, column 2: expected a finite number, found "two"'],
  ['an infinity', '1,2\n-Infinity,4\n', 'line 2, column 1: expected a finite number, found "-Infinity"'],
  ['a number too large for float64', '1e999,2\n', 'line 1, column 1'],
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

test('missing values are NaN and named by a mask', () => {
  const { values, mask, count } = parseCsv('1,2\n3,NaN\n,-9\n?,N/A\n', { missing: ['-9'] });
  expect(count).toBe(4);
  expect(Array.from(values)).toEqual([1, 2, 3, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  expect(Array.from(mask ?? [])).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  expect(parseCsv('nan,nan\n3,4\n').count).toBe(2);
});

test('True and False are 1 and 0', () => {
  expect([...parseCsv('a,b\nTrue,False\nFALSE,true\n').values]).toEqual([1, 0, 0, 1]);
});

describe('headers', () => {
  test.each([
    ['fractions below', '0,1,2\n0.5,1.5,2.25\n1.5,2.5,0.25\n'],
    ['bits below', '1,2,3\n0,1,1\n1,0,1\n'],
    ['an unnamed index', ',0,1,2\n0,7,2,3\n1,4,5,6\n'],
  ])('a line of counts is one: %s', (_, text) => {
    const { count, notes } = parseCsv(text);
    expect(count).toBe(2);
    expect(notes[0]?.reverse).toBe('--header no');
  });

  test('a line of counts that may be data is data, with a note', () => {
    const { count, notes } = parseCsv('0,1,2\n2,1,0\n0,2,2\n');
    expect(count).toBe(3);
    expect(notes).toEqual([{ message: 'the first line (0, 1, 2) is read as data', reverse: '--header yes' }]);
    expect(parseCsv('0,1\n0.5,1.5\n0.25,2.5\n')).toMatchObject({ count: 3, notes: [] });
    expect(parseCsv('0,1,2\n0.5,1.5,2.25\n1.5,2.5,0.25\n', { header: false }).count).toBe(3);
  });

  test('names above numbers, among counts', () => {
    expect(parseCsv('label,0,1\n3,5,6\n4,7,8\n')).toMatchObject({ count: 2, names: ['label', '0', '1'] });
  });
});

describe('index columns', () => {
  test.each([
    ['pandas', ',a,b\n0,5,6\n1,7,8\n'],
    ['R, from 1', '"","a","b"\n"1",5,6\n"2",7,8\n'],
    ['R, with blanks and no name at all', '"a" "b"\n"1" 5 6\n"2" 7 8\n'],
  ])('%s: left out, with a note', (_, text) => {
    const { values, names, notes } = parseCsv(text);
    expect([...values]).toEqual([5, 6, 7, 8]);
    expect(names).toEqual(['a', 'b']);
    expect(notes[0]?.reverse).toBe('--keep-index');
    expect(parseCsv(text, { keepIndex: true }).width).toBe(3);
  });

  test('one that stops counting after many rows is data', () => {
    const rows = Array.from({ length: 1500 }, (_, n) => `${n === 1400 ? 7 : n},1`);
    expect(parseCsv(`,a\n${rows.join('\n')}\n`).width).toBe(2);
  });
});

test('runs of blanks separate once, and a last column that is empty everywhere is none', () => {
  const expected = [1, 2, 3, 4];
  for (const text of [
    '   1   2\n   3   4\n',
    '1\t2\t\n3\t4\t\n',
    'a;b\n1;2;\n3;4;\n',
    'a,b,\n1,2,\n3,4,\n',
    'a b\n1\t2\n3\t4\n',
  ]) {
    expect([...parseCsv(text).values]).toEqual(expected);
  }
});

test('decimal commas are named, and read when asked', () => {
  const text = 'a;b\n4,5;1,25\n5,5;2\n';
  expect(() => parseCsv(text)).toThrow(/line 2, column 1 \(a\).*decimal comma: use --decimal ,/);
  expect([...parseCsv(text, { decimal: ',' }).values]).toEqual([4.5, 1.25, 5.5, 2]);
  expect([...parseCsv('sep=;\n1;2\n').values]).toEqual([1, 2]);
});

test('columns are chosen by name, number and range; unknown ones are refused', () => {
  const text = 'a,b,c,d\n1,2,3,x\n5,6,7,y\n';
  expect(() => parseCsv(text)).toThrow(/column 4 \(d\).*--drop d.*--label d/);
  expect([...parseCsv(text, { drop: ['d'] }).values]).toEqual([1, 2, 3, 5, 6, 7]);
  expect(parseCsv(text, { columns: ['c', '1-2'] })).toMatchObject({ names: ['c', 'a', 'b'] });
  expect([...parseCsv(text, { columns: ['c', '1-2'] }).values]).toEqual([3, 1, 2, 7, 5, 6]);
  for (const drop of ['e', '0', '3-9', '2-1']) {
    expect(() => parseCsv(text, { drop: [drop] })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  }
  expect(() => parseCsv('a,a\n1,2\n', { drop: ['a'] })).toThrow(/2 columns of that name/);
  expect(() => parseCsv('a,b\n1,2\n', { columns: ['2', 'b'] })).toThrow(/--columns 2,b names column 2 \(b\) .* twice/);
  expect(() => parseCsv('1,2\n3,4\n', { columns: ['1-2', 'last'] })).toThrow(/names column 2 of .* twice/);
});

describe('categories', () => {
  const text = 'size,color,x\nS,red,2\nL,blue,10\nS,?,2\n';

  test('are sorted texts, or numbers by value, and may be missing', () => {
    const read = parseCsv(text, { categories: ['color', '3', '1'] });
    expect(read.categories).toEqual([
      ['L', 'S'],
      ['blue', 'red'],
      ['2', '10'],
    ]);
    expect(Array.from(read.values)).toEqual([1, 1, 0, 0, 0, 1, 1, Number.NaN, 0]);
    expect(Array.from(read.mask ?? [])).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(parseCsv(text, { columns: ['color', 'x'], categories: ['color'] })).toMatchObject({
      categories: [['blue', 'red'], null],
      names: ['color', 'x'],
    });
  });

  test('are more than a byte can count', () => {
    const many = Array.from({ length: 300 }, (_, n) => `c${String(n).padStart(3, '0')},1`);
    const { values, categories } = parseCsv(many.reverse().join('\n'), { header: false, categories: ['1'] });
    expect(categories?.[0]).toHaveLength(300);
    expect([values[0], values[598]]).toEqual([299, 0]);
    const more = Array.from({ length: 4097 }, (_, n) => `c${n}`).join('\n');
    expect(() => parseCsv(more, { header: false, categories: ['1'] })).toThrow(/line 4097.* at most 4096/);
  });

  test('of a model are those of its data; others are an error that names them', () => {
    const like = { columns: ['color'], categories: { color: ['red', 'blue', 'grey'] }, labels: ['S', 'L'] };
    const read = parseCsv(text, { like, label: 'size' });
    expect(Array.from(read.values)).toEqual([0, 1, Number.NaN]);
    expect(read).toMatchObject({ names: ['color'], categories: [like.categories.color], labelNames: ['S', 'L'] });
    expect([...(read.labels ?? [])]).toEqual([0, 1, 0]);
    const unseen = 'size,color\nS,red\nM,pink\n';
    expect(() => parseCsv(unseen, { like })).toThrow(
      /line 3, column 2 \(color\): expected one of the categories of the model's data \(red, blue, grey\), found "pink"/,
    );
    expect(() => parseCsv(unseen, { like, label: 'size', drop: ['color'] })).toThrow(
      /one of the labels of the model's data \(S, L\), found "M"/,
    );
    expect(parseCsv('a,b\n1,2\n', { like: { columns: ['a', 'c'] } }).names).toEqual(['a', 'b']);
  });

  test('may be all columns that are no numbers', () => {
    const { categories, values } = parseCsv('a,b\n1,5\n2,6\nx,7\n,8\n', { categories: 'text' });
    expect(categories).toEqual([['1', '2', 'x'], null]);
    expect(Array.from(values)).toEqual([0, 5, 1, 6, 2, 7, Number.NaN, 8]);
    expect(() => parseCsv('a;b\n4,5;1\n', { categories: 'text' })).toThrow(/--decimal ,/);
  });
});

test('a text column is an error that says what can be done', () => {
  expect(() => parseCsv('a,b\n1,x\n2,y\n')).toThrow(/--columns b:potts, leave it out with --drop b, .* --label b/);
});

describe('what is not UTF-8', () => {
  const garbled = 'B\ufffdr';

  test('is a note in names, and an error where two texts could become one', () => {
    const { notes, values } = parseCsv(`${garbled},b\n0,1\n`);
    expect([[...values], notes[0]?.message]).toEqual([[0, 1], expect.stringContaining('not in UTF-8')]);
    const labelled = (): unknown => parseCsv(`a,b\n0,${garbled}\n`, { label: 'b' });
    const categories = (): unknown => parseCsv(`a,b\n0,${garbled}\n`, { columns: ['b'], categories: ['b'] });
    for (const read of [labelled, categories]) {
      expect(read).toThrow(
        expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringMatching(/line 2, column 2 .*iconv/) }),
      );
    }
  });
});

test('names of several lines become one line', () => {
  expect(parseCsv('"Income\n(EUR)","b\r\n c"\n0,1\n').names).toEqual(['Income (EUR)', 'b c']);
});

describe('a column that counts the rows', () => {
  const counted = (title: string, start: number, other = 'a'): string =>
    `${title},${other}\n${[0, 1, 2, 3].map((n) => `${start + n},${n % 2}\n`).join('')}`;

  test.each([
    ['with a name', counted('id', 1), '--drop id'],
    ['without names', '0,1\n1,1\n2,0\n3,0\n', '--drop 1'],
    ['twice', `,Unnamed: 0,a\n${[0, 1, 2, 3].map((n) => `${n},${n},${n % 2}\n`).join('')}`, '--drop Unnamed: 0'],
  ])('%s is data with a note', (_, text, reverse) => {
    const { notes, width } = parseCsv(text);
    expect(width).toBe(2);
    expect(notes.at(-1)).toEqual({ message: expect.stringContaining('counts the rows from'), reverse });
  });

  test.each([
    ['that begins elsewhere', counted('id', 2)],
    ['of bits', 'a,b\n0,1\n1,0\n'],
    ['that is left out', counted('', 0)],
  ])('%s has none', (_, text) => {
    expect(parseCsv(text).notes.filter(({ message }) => message.includes('is read as data'))).toEqual([]);
  });

  test('that was chosen has none', () => {
    expect(parseCsv(counted('id', 1), { columns: ['id', 'a'] }).notes).toEqual([]);
  });
});

test('a first line that counts as fractions do, and one far from all others', () => {
  const bits = '0,1,1\n1,0,1\n1,1,0\n0,0,1\n';
  expect(parseCsv(`0.0,1.0,2.0\n${bits}`)).toMatchObject({ count: 4, names: ['0.0', '1.0', '2.0'] });
  const years = parseCsv(`2001,2002,2003\n${bits}`);
  expect(years.count).toBe(5);
  expect(years.notes).toEqual([
    { message: 'the first line (2001, 2002, 2003) is read as data', reverse: '--header yes' },
  ]);
  expect(parseCsv(`1.5,0,1\n${bits}`).notes).toEqual([]);
});
