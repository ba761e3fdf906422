import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CsvReader, parseCsv } from '../csv.js';
import { readCsv } from './read-csv.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'x.csv');
  await writeFile(path, content);
  return path;
}

async function* parts(...all: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of all) yield Buffer.from(part);
}

describe('a table comes out the same however it is cut into parts', () => {
  const texts: [name: string, text: string][] = [
    ['CRLF and quotes', 'a,"b, c"\r\n1,"2"\r\n"3",4\r\n'],
    ['a line break in quotes', '"a\nb",c\n1,2\n3,4\n'],
    ['CR', '1;2\r3;4\r'],
    ['runs of blanks', '  1   2\n# a comment\n  3   4\n\n'],
    ['sep=', 'sep=|\n1|2\n3|4'],
    ['labels', 'x,y\n1,b\n2,a\n3,b\n'],
  ];

  test.each(texts)('%s', (_, text) => {
    const options = text.startsWith('x,y') ? { label: 'last' } : {};
    const expected = parseCsv(text, options);
    for (let at = 0; at <= text.length; at++) {
      const reader = new CsvReader(options);
      reader.push(text.slice(0, at));
      reader.push(text.slice(at));
      expect(reader.end()).toEqual(expected);
    }
    // Once the separator is known, each part is read as it comes.
    const rows = 150;
    const long = text
      .replace(/\s*$/, '')
      .split(/\r\n|\n|\r/)
      .at(-1) as string;
    const newline = text.includes('\r\n') ? '\r\n' : text.includes('\n') ? '\n' : '\r';
    const whole = text.replace(/\s*$/, newline) + `${long}${newline}`.repeat(rows);
    const reader = new CsvReader(options);
    for (let at = 0; at < whole.length; at += 3) reader.push(whole.slice(at, at + 3));
    expect(reader.end()).toEqual(parseCsv(whole, options));
  });

  test('what is wrong has the same line', () => {
    for (const text of [`${'1,2\n'.repeat(140)}1,x\n1,2\n`, `${'1,2\n'.repeat(140)}"1,2\n1,2\n`]) {
      let expected = '';
      try {
        parseCsv(text);
      } catch (error) {
        expected = (error as Error).message;
      }
      expect(expected).toMatch(/line 14[12]/);
      const reader = new CsvReader({});
      expect(() => {
        for (const character of text) reader.push(character);
        reader.end();
      }).toThrow(expected);
    }
  });
});

describe('bytes', () => {
  const expected = parseCsv('a,b\n1,2\n3,4\n', { name: 'x' });

  test.each([
    ['UTF-8', Buffer.from('a,b\n1,2\n3,4\n')],
    ['UTF-8 with a mark', Buffer.from('\uFEFFa,b\n1,2\n3,4\n')],
    ['UTF-16, little-endian', Buffer.from('\uFEFFa,b\n1,2\n3,4\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n3,4\n', 'utf16le')],
    ['UTF-16, big-endian', Buffer.from('\uFEFFa,b\n1,2\n3,4\n', 'utf16le').swap16()],
    ['gzip', gzipSync('a,b\n1,2\n3,4\n')],
    ['gzip of UTF-16', gzipSync(Buffer.from('\uFEFFa,b\n1,2\n3,4\n', 'utf16le'))],
  ])('%s', async (_, bytes) => {
    expect(await readCsv(await put(bytes))).toEqual(expected);
    expect(await readCsv(parts(...Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(expected);
  });

  test('a workbook is named', async () => {
    const path = await put(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0));
    await expect(readCsv(path)).rejects.toMatchObject({ code: 'FILE_INVALID', message: /workbook .* as \.csv/ });
  });

  test('gzip streams that are cut short, damaged, or far longer than they look', async () => {
    const packed = gzipSync('1,2\n'.repeat(5000));
    await expect(readCsv(await put(packed.subarray(0, 40)))).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('at byte 40, expected more of the gzip stream'),
    });
    packed[30] = (packed[30] as number) ^ 0xff;
    await expect(readCsv(await put(packed))).rejects.toMatchObject({ code: 'FILE_INVALID' });
    await expect(readCsv(await put(gzipSync('1,2\n'.repeat(2 ** 23))))).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  });

  test('what cannot be read, and a signal', async () => {
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readCsv(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readCsv(await put('1\n'), { signal: { aborted: true } })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(readCsv(await put(''))).rejects.toMatchObject({ code: 'FILE_INVALID' });
  });
});

test('with a limit, no more is read than needed', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.from('0,1\n'.repeat(1000));
  }
  expect(await readCsv(endless(), { limit: 2500 })).toMatchObject({ count: 2500, width: 2 });
  expect(parseCsv('0,1\n1,1\n', { limit: 5 }).count).toBe(2);
});

test('a table longer than a string can be', { timeout: 120_000 }, async () => {
  // 2^29 − 24 characters are the most of a string in Node; here are more, of which the most are comments.
  const rows = Buffer.from(`#${'-'.repeat(2 ** 20 - 6)}\n0,1\n`);
  let sent = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (; sent < 520; sent++) yield rows;
  }
  expect(await readCsv(bytes())).toMatchObject({ count: 520, width: 2 });
  expect(sent * rows.length).toBeGreaterThan(2 ** 29);
});

test('a quote that is never closed does not hold the whole text', async () => {
  const part = Buffer.from('1,2\n'.repeat(2 ** 20));
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${'1,2\n'.repeat(200)}"1,`);
    for (;;) yield part;
  }
  await expect(readCsv(endless())).rejects.toMatchObject({ code: 'FILE_INVALID', message: /line 201 is longer/ });
});
