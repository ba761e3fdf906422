import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sourceRows } from '@rbm/core/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeIdx } from '../idx.js';
import { idxFile } from '../idx.testing.js';
import { idxSource } from './idx-source.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-idx-source-'));
  path = join(folder, 'train-images-idx3-ubyte');
});
afterAll(() => rm(folder, { recursive: true }));

const pixels = Uint8Array.from({ length: 5 * 6 }, (_, n) => (n * 37) % 256);

it('reads rows of bytes, with their labels', async () => {
  const labels = join(folder, 'labels.gz');
  await writeFile(path, idxFile([5, 2, 3], pixels));
  await writeFile(labels, gzipSync(idxFile([5], [3, 1, 4, 1, 5])));
  const source = await idxSource(path, { labels });
  expect(source).toMatchObject({ count: 5, width: 6, shape: [5, 2, 3], numbers: 'uint8', hasLabels: true });
  const into = sourceRows(source, 3);
  await source.read(1, 3, into);
  expect([...into.values]).toEqual([...pixels.subarray(6, 24)]);
  expect([...(into.labels ?? [])]).toEqual([1, 4, 1]);
  await source.close();
  await expect(source.read(0, 1, into)).rejects.toMatchObject({ code: 'DISPOSED' });
  await writeFile(labels, gzipSync(idxFile([4], [3, 1, 4, 1])));
  await expect(idxSource(path, { labels })).rejects.toMatchObject({ code: 'DATA_INVALID' });
});

it.each([
  [9, 1, 'float32'],
  [11, 2, 'float32'],
  [12, 4, 'float64'],
  [13, 4, 'float32'],
  [14, 8, 'float64'],
])('reads element type %i as decodeIdx does', async (type, size, numbers) => {
  const bytes = new Uint8Array(12 + 6 * size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type * 256 + 2);
  view.setUint32(4, 3);
  view.setUint32(8, 2);
  for (let n = 0; n < 6; n++) {
    const at = 12 + n * size;
    const value = n % 2 === 0 ? n : -n;
    if (type === 9) view.setInt8(at, value);
    else if (type === 11) view.setInt16(at, 1000 * value);
    else if (type === 12) view.setInt32(at, 1e9 + value);
    else if (type === 13) view.setFloat32(at, value / 3);
    else view.setFloat64(at, value / 3);
  }
  await writeFile(path, bytes);
  const source = await idxSource(path);
  expect(source.numbers).toBe(numbers);
  const into = sourceRows(source, 3);
  await source.read(0, 3, into);
  expect([...into.values]).toEqual([...decodeIdx(bytes, path).data]);
  await source.read(2, 1, into);
  expect([...into.values.subarray(0, 2)]).toEqual([...decodeIdx(bytes, path).data].slice(4));
  await source.close();
});

it('says what is wrong with a file', async () => {
  await writeFile(path, idxFile([5, 6], pixels));
  const source = await idxSource(path);
  await truncate(path, 12 + 20);
  const into = sourceRows(source, 5);
  await source.read(0, 3, into);
  await expect(source.read(0, 5, into)).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringContaining('at byte 32, expected more bytes'),
  });
  await expect(source.read(0, 1, into, { aborted: true })).rejects.toMatchObject({ code: 'ABORTED' });
  await source.close();
  await expect(idxSource(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
  await writeFile(path, gzipSync(idxFile([5, 6], pixels)));
  await expect(idxSource(path)).rejects.toThrow(/gzip file: decompress it first/);
  await writeFile(path, idxFile([0, 6], []));
  await expect(idxSource(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
  await expect(idxSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
