import { spawnSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RbmError } from '@rbm/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileAtomic } from './write-file-atomic.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rbm-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes a new file, replaces an existing one, and leaves nothing else', async () => {
  const path = join(folder, 'model.bin');
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
  expect([...(await readFile(path))]).toEqual([1, 2, 3]);
  await writeFileAtomic(path, new Uint8Array([9, 4, 5, 9]).subarray(1, 3));
  expect([...(await readFile(path))]).toEqual([4, 5]);
  expect(await readdir(folder)).toEqual(['model.bin']);
});

it('never shows a reader anything but one of the contents', async () => {
  const path = join(folder, 'model.bin');
  const contents = [new Uint8Array(1e6).fill(1), new Uint8Array(5e5).fill(2)] as const;
  await writeFileAtomic(path, contents[0]);
  const writes = Promise.all(
    Array.from({ length: 10 }, (_, i) => writeFileAtomic(path, contents[i % 2] as Uint8Array)),
  );
  for (let i = 0; i < 20; i++) {
    const seen = new Uint8Array(await readFile(path));
    expect(contents.some((content) => Buffer.compare(content, seen) === 0)).toBe(true);
  }
  await writes;
  expect(await readdir(folder)).toEqual(['model.bin']);
});

it('replaces the file that a link points to', async () => {
  await writeFile(join(folder, 'real'), 'old');
  await symlink(join(folder, 'real'), join(folder, 'link'));
  await writeFileAtomic(join(folder, 'link'), Buffer.from('new'));
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
});

it('creates the file that a dangling link points to, also through links', async () => {
  await symlink('second', join(folder, 'first'));
  await symlink(join(folder, 'real'), join(folder, 'second'));
  await writeFileAtomic(join(folder, 'first'), Buffer.from('new'));
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
  expect(await readlink(join(folder, 'first'))).toBe('second');
  await symlink('loop', join(folder, 'loop'));
  await expect(writeFileAtomic(join(folder, 'loop'), Buffer.from('x'))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
});

it.each([214, 250, 255])('writes a name of %i characters', async (length) => {
  const name = 'x'.repeat(length);
  await writeFileAtomic(join(folder, name), Buffer.from('long'));
  expect(await readdir(folder)).toEqual([name]);
});

it('refuses names that are too long or empty, and folders that are files', async () => {
  await writeFile(join(folder, 'file'), '');
  for (const [path, code] of [
    [join(folder, 'x'.repeat(256)), 'WRITE_FAILED'],
    ['', 'WRITE_FAILED'],
    [join(folder, 'file', 'x'), 'FILE_NOT_FOUND'],
  ] as const) {
    await expect(writeFileAtomic(path, Buffer.from('x')), path).rejects.toMatchObject({ code });
  }
  expect(await readdir(folder)).toEqual(['file']);
});

it('removes what a killed process left, and nothing of one that runs', async () => {
  const left = spawnSync(process.execPath, ['-e', '']).pid;
  const name = await temporaryNameOf(join(folder, 'probe'));
  const [dead, alive] = [left, process.ppid].map((id) => name.replace(`-${process.pid}-`, `-${id}-`)) as [
    string,
    string,
  ];
  for (const temporary of [dead, alive]) await writeFile(join(folder, temporary), 'half');
  await writeFileAtomic(join(folder, 'model.bin'), Buffer.from('whole'));
  expect((await readdir(folder)).sort()).toEqual([alive, 'model.bin', 'probe']);
});

/** The name of the temporary file, seen while a large file is written. */
async function temporaryNameOf(path: string): Promise<string> {
  const written = writeFileAtomic(path, new Uint8Array(1e7));
  for (;;) {
    const found = (await readdir(folder)).find((name) => name.endsWith('.tmp'));
    if (found === undefined) continue;
    await written;
    return found;
  }
}

it('refuses a missing folder and a folder in the way, and leaves nothing behind', async () => {
  const missing = join(folder, 'none', 'model.bin');
  const error: unknown = await writeFileAtomic(missing, Uint8Array.of(1)).catch((reason: unknown) => reason);
  expect(RbmError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', cause: { code: 'ENOENT' } });
  expect(String(error)).toContain(`Cannot write ${missing}`);

  await mkdir(join(folder, 'inTheWay'));
  await expect(writeFileAtomic(join(folder, 'inTheWay'), Uint8Array.of(1))).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  });
  await expect(writeFileAtomic(join(folder, 'x'), 5 as unknown as Uint8Array)).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
  });
  expect(await readdir(folder)).toEqual(['inTheWay']);
});

it.skipIf(process.platform === 'win32')('writes into a pipe, and does not replace it', async () => {
  const path = join(folder, 'pipe');
  spawnSync('sh', ['-c', 'mkfifo "$0"', path]);
  const received = readFile(path);
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
  expect([...(await received)]).toEqual([1, 2, 3]);
  expect((await lstat(path)).isFIFO()).toBe(true);
  expect(await readdir(folder)).toEqual(['pipe']);
});

it.skipIf(process.platform !== 'linux')('a device that takes nothing is an error, and stays what it is', async () => {
  // A link, so that a broken writer would replace a link in this folder at most.
  const path = join(folder, 'full');
  await symlink('/dev/full', path);
  await expect(writeFileAtomic(path, Uint8Array.of(1))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
});
