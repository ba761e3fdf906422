import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decompress, mostDecompressed } from './gzip.js';

const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
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

test('a small stream of a great deal of zeros is refused by its ratio', async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 25));
  expect(bomb.length).toBeLessThan(2 ** 16);
  await expect(decompress(bomb, 'bomb')).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  await expect(decompress(bomb, 'bomb', 2 ** 25)).resolves.toHaveLength(2 ** 25);
});

test('a stream so long that its content could be longer than an array is still read', async () => {
  // 43 MB of bytes that cannot be compressed: 100 times as many are more than 2^32.
  const random = new Uint32Array(43e6 / 4);
  for (let i = 0, x = 1; i < random.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    random[i] = Math.imul(x ^ (x >>> 15), 2654435761);
  }
  const bytes = gzipSync(new Uint8Array(random.buffer), { level: 0 });
  expect(mostDecompressed(bytes.length)).toBeGreaterThan(2 ** 32);
  expect((await decompress(bytes, 'long')).length).toBe(random.byteLength);
});
