import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileExtension, findSource } from './data-source.js';

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
