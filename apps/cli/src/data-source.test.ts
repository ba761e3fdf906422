import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileExtension, findSource } from './data-source.js';
import { load, loadNamed } from './load.testing.js';

describe('what --data names', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rbm-source-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['-', 'table'],
    ['rows.CSV', 'table'],
    ['rows.tsv.gz', 'table'],
    ['family.sto', 'alignment'],
    ['family.a3m.gz', 'alignment'],
    ['train-images-idx3-ubyte', 'idx'],
    ['emnist-letters-train-images-idx3-ubyte.gz', 'idx'],
    ['mnist', 'mnist'],
    ['bars-and-stripes:3', 'bars-and-stripes'],
    ['acme/moons', 'plugin'],
    ['C:\\data\\rows.csv', 'table'],
    ['c:/data/rows.npy', 'npy'],
  ])('%s is %s', async (data, kind) => {
    expect(await findSource(data)).toBe(kind);
  });

  it('a path of Windows without a known extension is no plugin', async () => {
    for (const data of ['C:\\data\\rows', 'C:/data/rows', '.\\data\\rows']) {
      await expect(findSource(data)).rejects.toThrow(/no data set of that name, and no such file/);
    }
  });

  it.each([
    ['\u0093NUMPY\u0001\u0000', 'npy'],
    ['PK\u0003\u0004', 'npz'],
    ['\u0000\u0000\u0008\u0003', 'idx'],
    ['>seq\nACGT\n', 'alignment'],
    ['# STOCKHOLM 1.0\n', 'alignment'],
    ['0,1\n1,0\n', 'table'],
  ])('an existing file is one before it is a plugin: %j', async (text, kind) => {
    const path = join(folder, 'measured');
    await writeFile(path, Buffer.from(text, 'latin1'));
    expect(await findSource(path)).toBe(kind);
  });

  it('extensions are those before .gz, in lower case', () => {
    expect(fileExtension('a/B.CSV.GZ')).toBe('.csv');
    expect(fileExtension('a.b/c')).toBe('');
  });
});

it('names of data sets with what they do not take are unknown', async () => {
  for (const data of ['digits:3', 'mnist:train', 'bars-and-stripes:', 'bars-and-stripes:0x4', 'bars-and-stripes:4:5']) {
    await expect(loadNamed({ data })).rejects.toThrow(`--data ${data}: no data set of that name`);
  }
  expect((await loadNamed({ data: 'bars-and-stripes:3' })).dataset.train.width).toBe(9);
});

it('categories that never occur are noted', async () => {
  const { dataset, log } = await load('x.csv', '2,6\n3,5\n4,2\n', { visible: 'potts' });
  expect([dataset.train.width, log.join()]).toEqual([
    14,
    expect.stringMatching(/7 categories, of which 2 never occur \(0, 1\)/),
  ]);
  expect((await load('x.csv', 'a,b\n2,6\n3,5\n', { columns: 'a:potts,b:potts' })).dataset.train.width).toBe(4);
  expect((await load('x.csv', '0,1\n2,0\n', { visible: 'potts' })).log).toEqual([]);
  expect((await load('x.csv', '0,2\n2,0\n', { visible: 'potts:3' })).log).toEqual([]);
});

it('sequences of nucleotides that are read as proteins are noted', async () => {
  const dna = '>a\nACGT-N\n>b\nacgtaa\n';
  expect((await load('x.fasta', dna)).log.join()).toMatch(
    /only letters of nucleotides .*\(otherwise: --alphabet dna or rna\)/,
  );
  expect((await load('x.fasta', dna, { alphabet: 'dna' })).log.join()).not.toContain('nucleotides');
  expect((await load('x.fasta', dna, { alphabet: 'protein' })).log.join()).not.toContain('nucleotides');
  expect((await load('x.fasta', '>a\nACGW\n>b\nACGT\n')).log.join()).not.toContain('nucleotides');
});
