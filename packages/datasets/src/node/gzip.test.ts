import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decompress, readDecompressed } from './gzip.js';

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

test('refuses a stream cut short, and says where', async () => {
  const bytes = gzipSync(content).subarray(0, 300);
  await expect(decompress(bytes, 'some-file')).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: 'Cannot read some-file: at byte 300, expected more of the gzip stream, found the end of the file.',
  });
});

test('refuses a damaged stream', async () => {
  const bytes = gzipSync(content);
  bytes[200] = (bytes[200] as number) ^ 0xff;
  await expect(decompress(bytes, 'some-file')).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringContaining('some-file: at byte 0, expected a gzip stream'),
  });
});

test('refuses to decompress to more than allowed', async () => {
  await expect(decompress(gzipSync(content), 'some-file', content.length)).resolves.toHaveLength(content.length);
  await expect(decompress(gzipSync(content), 'some-file', content.length - 1)).rejects.toMatchObject({
    code: 'FILE_INVALID',
  });
});

test('refuses a file that cannot be read, and honours the signal', async () => {
  const path = join(folder, 'missing');
  await expect(readDecompressed(path)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining(path),
  });
  await expect(readDecompressed(path, { aborted: true })).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a small stream of a great deal of zeros is refused by its ratio', async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 25));
  expect(bomb.length).toBeLessThan(2 ** 16);
  await expect(decompress(bomb, 'bomb')).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  await expect(decompress(bomb, 'bomb', 2 ** 25)).resolves.toHaveLength(2 ** 25);
});
