import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFasta } from '../fasta.js';
import { readFasta } from './read-fasta.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-fasta-'));
});
afterAll(() => rm(folder, { recursive: true }));

const text = '>a\nAC-T\n>b\nACGT\n';

it.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
  ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['gzipped', gzipSync(text)],
])('reads a file: %s', async (_, bytes) => {
  const path = join(folder, 'x.fasta');
  await writeFile(path, bytes);
  expect(await readFasta(path, { alphabet: 'dna' })).toEqual(parseFasta(text, { alphabet: 'dna' }));
});

it('reads a stream, whose memory follows the letters', async () => {
  const line = `>s\n${'ACGT'.repeat(2 ** 10)}\n`;
  const block = Buffer.from(line.repeat(2 ** 8));
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 16; n++) yield block;
  };
  const { values, count, width, names } = await readFasta(parts(), { alphabet: 'dna' });
  expect([count, width, names.length, values.length]).toEqual([4096, 4096, 4096, 2 ** 24]);
  expect(values.buffer.byteLength).toBeLessThanOrEqual(2 ** 25);
});

it('names what cannot be read', async () => {
  const name = 'x.fasta';
  await expect(readFasta(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  const bomb = join(folder, 'x.fasta.gz');
  await writeFile(bomb, gzipSync(`>a\n${'A'.repeat(2 ** 25)}`));
  await expect(readFasta(bomb)).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  await writeFile(bomb, gzipSync(text).subarray(0, 20));
  await expect(readFasta(bomb, { name })).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringContaining(name),
  });
  await expect(readFasta(bomb, { signal: { aborted: true } as never })).rejects.toMatchObject({ code: 'ABORTED' });
});
