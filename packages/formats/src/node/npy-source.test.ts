import { copyFile, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sourceRows } from '@rbm/core/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import files from '../fixtures/numpy.json' with { type: 'json' };
import { decodeNpy, encodeNpy } from '../npy.js';
import { npySource } from './npy-source.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-npy-source-'));
  path = join(folder, 'x.npy');
});
afterAll(() => rm(folder, { recursive: true }));

it.each(Object.keys(files))('gives the rows that decodeNpy reads, or says why not: %s', async (key) => {
  const bytes = new Uint8Array(Buffer.from(files[key as keyof typeof files], 'base64'));
  await writeFile(path, bytes);
  let expected: ReturnType<typeof decodeNpy> | undefined;
  try {
    expected = decodeNpy(bytes, path);
  } catch {
    // An integer too large for float64 is met when its row is read.
    await expect(npySource(path).then(readAll)).rejects.toMatchObject({ code: 'FILE_INVALID' });
    return;
  }
  if (expected.shape.length === 0 || expected.data.length === 0) {
    await expect(npySource(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
    return;
  }
  if (key.includes('fortran')) {
    await expect(npySource(path)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    return;
  }
  const source = await npySource(path);
  expect(source.shape).toEqual(expected.shape);
  expect(Array.from(await readAll(source))).toEqual(Array.from(expected.data));
});

/** All rows, one after the other from the last. */
async function readAll(source: Awaited<ReturnType<typeof npySource>>): Promise<ArrayLike<number>> {
  const all = sourceRows(source, source.count);
  try {
    for (let row = source.count - 1; row >= 0; row--) {
      await source.read(row, 1, { values: all.values.subarray(row * source.width, (row + 1) * source.width) });
    }
  } finally {
    await source.close();
  }
  return all.values;
}

it('reads rows in the middle of a file of 3 GiB', async () => {
  const rows = 3 * 2 ** 20;
  const head = encodeNpy({ shape: [0, 1024], data: new Uint8Array(0) });
  const text = Buffer.from(head).toString('latin1').replace('(0, 1024), }      ', `(${rows}, 1024), }`);
  await writeFile(path, Buffer.from(text, 'latin1'));
  await truncate(path, head.length + rows * 1024); // A sparse file: it takes no place on the disk.
  const file = await open(path, 'r+');
  await file.write(Uint8Array.of(7, 8), 0, 2, head.length + 3_000_000 * 1024);
  await file.close();
  const source = await npySource(path);
  expect(source).toMatchObject({ count: rows, width: 1024, numbers: 'uint8', hasWeights: false, hasLabels: false });
  const into = sourceRows(source, 9000);
  await source.read(2_995_000, 9000, into);
  expect(into.values.indexOf(7)).toBe(5000 * 1024);
  await source.close();
});

describe('a file', () => {
  const values = Float32Array.from({ length: 40 }, (_, n) => n);

  it('that becomes shorter, or is closed, is a coded error', async () => {
    await writeFile(path, encodeNpy({ shape: [10, 4], data: values }));
    const source = await npySource(path);
    const into = sourceRows(source, 5);
    await truncate(path, 128 + 7 * 16 + 3);
    await source.read(2, 5, into);
    expect([...into.values]).toEqual([...values.subarray(8, 28)]);
    await expect(source.read(5, 5, into)).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringMatching(/at byte 243, expected more bytes, found the end of the file/),
    });
    await source.close();
    await source.close();
    await expect(source.read(0, 1, into)).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('is not read after an abort', async () => {
    await writeFile(path, encodeNpy({ shape: [10, 4], data: values }));
    const source = await npySource(path);
    const read = source.read(0, 1, sourceRows(source, 1), { aborted: true });
    await expect(read).rejects.toMatchObject({ code: 'ABORTED' });
    await source.close();
  });

  it('is refused where rows cannot be reached one by one', async () => {
    const packed = join(folder, 'x.npy.gz');
    await writeFile(packed, gzipSync(encodeNpy({ shape: [10, 4], data: values })));
    await expect(npySource(packed)).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('a gzip file: decompress it first'),
    });
    await expect(npySource(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await copyFile(packed, path);
    await expect(npySource(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
  });
});
