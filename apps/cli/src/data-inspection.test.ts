import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@rbm/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatInspection, formatPreview, type Inspection, inspectData, previewData } from './data-inspection.js';
import type { DataArguments } from './data-options.js';
import { parseVisible } from './layer-choice.js';
import { inFolder, rbm } from './run.testing.js';

const table = [
  ',bit,spin,rating,share,real,kind,y',
  '0,0,-1,1,0.25,3.5,cat,a',
  '1,1,1,5,0.5,-2,dog,b',
  '2,1,-1,3,1,NA,cat,a',
  '3,0,1,2,0,1e3,cat,a',
].join('\n');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function contextOf(name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, content);
  const log: string[] = [];
  return { path, log, context: { signal: new AbortController().signal, log: (line: string) => void log.push(line) } };
}

async function inspect(
  name: string,
  content: string | Uint8Array,
  options: Partial<DataArguments> & { visible?: string } = {},
): Promise<Inspection> {
  const { visible, ...args } = options;
  const { path, context } = await contextOf(name, content);
  return inspectData({ data: path, ...args }, visible ? { ...context, visible: parseVisible(visible) } : context);
}

describe('rbm data info', () => {
  it('guesses a kind for each column and says why', async () => {
    const found = await inspect('x.csv', table, { label: 'y' });
    expect(found.columns.map(({ name, kind, why, missing }) => [name, kind, why, missing])).toEqual([
      ['bit', 'bernoulli', '0 and 1', 0],
      ['spin', 'spin', '−1 and 1', 0],
      ['rating', 'potts', '4 different whole numbers', 0],
      ['share', 'bernoulli', 'fractions from 0 to 1', 0],
      ['real', 'gaussian', 'fractions', 1],
      ['kind', 'potts', 'text, 2 different', 0],
    ]);
    expect(found.columns[4]).toMatchObject({ least: -2, greatest: 1000, mean: (3.5 - 2 + 1000) / 3 });
    expect(found).toMatchObject({ rows: 4, incompleteRows: 1, source: 'table', fits: null, image: null });
    expect(found.labels?.counts).toEqual({ a: 3, b: 1 });
    expect(found.training).toEqual({
      error: expect.stringMatching(/of text: kind\. Use --columns kind:potts or --drop kind/),
    });
    expect(found.notes.join()).toMatch(/counts the rows from 0: it is left out \(otherwise: --keep-index\)/);
  });

  it('says what would be trained on, or why it stops', async () => {
    const options = { label: 'y', drop: 'kind', visible: 'gaussian' };
    const stops = await inspect('x.csv', table, options);
    expect(stops.training).toEqual({ error: expect.stringMatching(/1 of 20 values are missing \(columns real\)/) });
    expect(stops.fits).toBe('gaussian');
    const { training } = await inspect('x.csv', table, { ...options, 'drop-incomplete': true, 'test-fraction': 0.34 });
    expect(training).toEqual({ train: 2, test: 1, units: 'gaussian', width: 5 });
    const categories = await inspect('x.csv', table, { columns: 'kind:potts,y' });
    expect([categories.fits, categories.training]).toEqual([
      'potts',
      { train: 4, test: 0, units: 'potts:2', width: 4 },
    ]);
    expect((await inspect('x.csv', '1,2\n3,1\n')).training).toEqual({
      error: expect.stringMatching(/Bernoulli units/),
    });
  });

  it('describes arrays, alignments and data sets with a name', async () => {
    const images = await inspect('x.npy', encodeNpy({ shape: [2, 2, 3], data: new Uint8Array(12).fill(1, 3) }));
    expect(images).toMatchObject({ source: 'npy', image: [2, 3], rows: 2, fits: 'bernoulli' });
    const letters = await inspect('x.fasta', '>a\nAC-\n>b\nACX\n', { ambiguous: 'missing' });
    expect(letters.columns[2]).toMatchObject({ kind: 'potts', why: 'letters', missing: 1, categories: ['-'] });
    const { context } = await contextOf('none', '');
    expect(await inspectData({ data: 'digits' }, context)).toMatchObject({
      rows: 1497,
      image: [8, 8],
      fits: 'bernoulli',
    });
  });

  it('is readable, however wide the table is', async () => {
    const text = formatInspection(await inspect('x.csv', table, { label: 'y' }));
    expect(text).toMatch(/^rows {9}4, 1 of them with missing values$/m);
    expect(text).toMatch(/^ {2}real {4}gaussian {3}fractions +1 missing {2}-2 to 1000, mean 333\.8$/m);
    expect(text).toMatch(/^labels {7}a \(3\), b \(1\)$/m);
    const wide = Array.from({ length: 3 }, (_, n) => Array.from({ length: 100 }, (_, c) => (n + c) % 2).join(','));
    const lines = formatInspection(await inspect('x.csv', wide.join('\n'))).split('\n');
    expect(lines.length).toBeLessThan(30);
    expect(lines.join()).toContain('… 80 more');
  });
});

it('rbm data preview shows the first rows as they were read', async () => {
  const { path, context } = await contextOf('x.csv', table);
  const found = await previewData({ data: path, label: 'y', columns: 'kind,real,bit' }, 3, context);
  expect(found).toEqual({
    columns: ['kind', 'real', 'bit'],
    rows: [
      ['cat', 3.5, 0],
      ['dog', -2, 1],
      ['cat', null, 1],
    ],
    labels: ['a', 'b', 'a'],
  });
  expect(formatPreview(found)).toBe(
    'kind  real  bit  label\n cat   3.5    0      a\n dog    -2    1      b\n cat    NA    1      a',
  );
});

it('is a command, with JSON', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'x.csv'), table);
    const info = await rbm(['data', 'info', 'x.csv', '--label', 'y', '--json'], folder);
    expect([info.code, JSON.parse(info.stdout).columns.length]).toEqual([0, 6]);
    const preview = await rbm(['data', 'preview', 'x.csv', '--rows', '1'], folder);
    expect(preview.stdout).toContain('kind');
    expect((await rbm(['data', 'info', '', '--json'], folder)).stderr).toContain('is empty');
    expect((await rbm(['data', 'info', '-'], folder)).stderr).toMatch(/standard input: it holds no samples/);
    expect((await rbm(['data', 'show', 'x.csv'], folder)).code).toBe(2);
    expect((await rbm(['data', 'info', 'x.csv', '--key', 'x'], folder)).code).toBe(2);
  }),
);
