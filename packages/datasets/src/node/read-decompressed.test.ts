import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDecompressed } from './read-decompressed.js';

const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-gzip-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(['plain', 'plain.gz', 'packed', 'packed.gz'])('the content decides, not the name: %s', async (name) => {
  const path = join(folder, name);
  await writeFile(path, name.startsWith('packed') ? gzipSync(content) : content);
  expect(await readDecompressed(path)).toStrictEqual(content);
});

test('refuses a file that cannot be read, and honours the signal', async () => {
  const path = join(folder, 'missing');
  await expect(readDecompressed(path)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining(path),
  });
  await expect(readDecompressed(path, { aborted: true })).rejects.toMatchObject({ code: 'ABORTED' });
});

test('members one after the other, and an end that says a wrong length, are read', async () => {
  const path = join(folder, 'x.gz');
  await writeFile(path, Buffer.concat([gzipSync(content), gzipSync(content)]));
  expect(await readDecompressed(path)).toStrictEqual(Uint8Array.of(...content, ...content));
  await writeFile(path, new Uint8Array(0));
  expect(await readDecompressed(path)).toHaveLength(0);
});

test('what is damaged, cut short or far too long is refused', async () => {
  const path = join(folder, 'x.gz');
  const packed = gzipSync(content);
  await writeFile(path, packed.subarray(0, 300));
  await expect(readDecompressed(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
  await writeFile(path, packed.with(200, 1));
  await expect(readDecompressed(path)).rejects.toMatchObject({ code: 'FILE_INVALID' });
  await writeFile(path, gzipSync(new Uint8Array(2 ** 25)));
  await expect(readDecompressed(path)).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  await expect(readDecompressed(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
