import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFileBytes } from './read-file-bytes.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-read-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reads a file into a plain array', async () => {
  await writeFile(join(folder, 'x'), Uint8Array.of(1, 2, 255));
  const bytes = await readFileBytes(join(folder, 'x'));
  expect(bytes).toEqual(Uint8Array.of(1, 2, 255));
  expect(Buffer.isBuffer(bytes)).toBe(false);
});

it('says which file it cannot read and why', async () => {
  const path = join(folder, 'none');
  await expect(readFileBytes(path)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringMatching(/Cannot read .*none: ENOENT/),
    cause: { code: 'ENOENT' },
  });
  await expect(readFileBytes(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', cause: { code: 'EISDIR' } });
});
