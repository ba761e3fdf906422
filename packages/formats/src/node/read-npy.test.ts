import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import files from '../fixtures/numpy.json' with { type: 'json' };
import { decodeNpy, encodeNpy } from '../npy.js';
import { readNpy } from './read-npy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each(Object.keys(files))('reads what decodeNpy reads: %s', async (key) => {
  const bytes = new Uint8Array(Buffer.from(files[key as keyof typeof files], 'base64'));
  const path = join(folder, 'x.npy');
  await writeFile(path, bytes);
  let expected: unknown;
  try {
    expected = decodeNpy(bytes, path);
  } catch (error) {
    await expect(readNpy(path)).rejects.toMatchObject({ message: (error as Error).message });
    return;
  }
  expect(await readNpy(path)).toEqual(expected);
});

it('reads the first rows only, in Fortran order too', async () => {
  const path = join(folder, 'x.npy');
  await writeFile(path, encodeNpy({ shape: [3, 2], data: Int16Array.of(1, 2, 3, 4, 5, 6) }));
  expect(await readNpy(path, { rows: 2 })).toEqual({ shape: [2, 2], data: Int16Array.of(1, 2, 3, 4) });
  expect((await readNpy(path, { rows: 9 })).shape).toEqual([3, 2]);
  await writeFile(path, Buffer.from(files.fortran, 'base64'));
  expect(await readNpy(path, { rows: 1 })).toEqual({ shape: [1, 3], data: Float32Array.of(1, -2, 3) });
});

it('reads arrays in parts', async () => {
  const path = join(folder, 'x.npy');
  const data = Float32Array.from({ length: 2 ** 21 + 5 }, (_, i) => i % 1000);
  await writeFile(path, encodeNpy({ shape: [data.length], data }));
  expect(Buffer.compare(Buffer.from((await readNpy(path)).data.buffer), Buffer.from(data.buffer))).toBe(0);
});

it('reads rows of a file of 3 GiB', async () => {
  const path = join(folder, 'large.npy');
  const rows = 3 * 2 ** 20;
  const head = encodeNpy({ shape: [0, 1024], data: new Uint8Array(0) });
  const text = Buffer.from(head).toString('latin1').replace('(0, 1024), }      ', `(${rows}, 1024), }`);
  await writeFile(path, Buffer.from(text, 'latin1'));
  await truncate(path, head.length + rows * 1024); // A sparse file: it takes no place on the disk.
  const file = await open(path, 'r+');
  await file.write(Uint8Array.of(7, 8), 0, 2, head.length + 1024);
  await file.close();
  const { shape, data } = await readNpy(path, { rows: 2 });
  expect(shape).toEqual([2, 1024]);
  expect([...data.subarray(1024, 1027)]).toEqual([7, 8, 0]);
  await truncate(path, head.length + rows * 1024 - 1);
  await expect(readNpy(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
});

it('says what cannot be read', async () => {
  await expect(readNpy(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(readNpy(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', cause: { code: 'EISDIR' } });
});
