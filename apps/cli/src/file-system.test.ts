import { readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machineFiles } from './file-system.js';
import { inFolder } from './run.testing.js';

it('makes folders, and says which one was the first', () =>
  inFolder(async (folder) => {
    const deep = join(folder, 'a', 'b', 'c');
    expect(await machineFiles.makeFolder(deep)).toBe(join(folder, 'a'));
    expect(await machineFiles.makeFolder(deep)).toBeUndefined();
    expect(await machineFiles.makeFolder(join(folder, 'a', 'b', 'd'))).toBe(join(folder, 'a', 'b', 'd'));
  }));

it('follows links to folders that do not exist yet, and not those that form a loop', () =>
  inFolder(async (folder) => {
    await symlink('later', join(folder, 'link'));
    expect(await machineFiles.makeFolder(join(folder, 'link'))).toBe(join(folder, 'later'));
    expect(await readlink(join(folder, 'link'))).toBe('later');
    await symlink('next', join(folder, 'parent'));
    await machineFiles.makeFolder(join(folder, 'parent', 'run'));
    expect((await stat(join(folder, 'next', 'run'))).isDirectory()).toBe(true);
    await symlink('loop', join(folder, 'loop'));
    await expect(machineFiles.makeFolder(join(folder, 'loop'))).rejects.toMatchObject({ code: 'ELOOP' });
  }));

it('a file, or a place that takes no folders, is an error', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'file'), '');
    await expect(machineFiles.makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(machineFiles.makeFolder(join(folder, 'file', 'run'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(machineFiles.makeFolder('')).rejects.toMatchObject({ code: 'ENOENT' });
    // Where Node's own way to make parents never ends.
    if (process.platform === 'linux') {
      await expect(machineFiles.makeFolder('/proc/run')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(machineFiles.makeFolder('/proc/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
    }
  }));
