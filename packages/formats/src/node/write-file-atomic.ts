import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';
import { writeError } from './write-error.js';

/** Marks temporary files of this machine: process ids say nothing about another one that shares the disk. */
const machine: string = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

const temporaryName = new RegExp(`^\\.rbm-${machine}-(\\d+)-[0-9a-f]+\\.tmp$`);

/** Symbolic links that are followed at most, as on Linux. */
const MAXIMUM_LINKS = 40;

/**
 * Writes a file so that a reader, or a crash at any moment, meets the old content or the new one and nothing between:
 * the bytes go to a temporary name in the same folder, reach the disk, and the name is changed. Symbolic links are
 * followed, also to a file that does not exist yet. Devices and pipes are written to as they are. On failure the temporary file is removed; one that a killed process
 * of this machine left in the folder is removed by the next call.
 *
 * @throws RbmError as `writeError`: `FILE_NOT_FOUND` if the folder does not exist, `FILE_EXISTS` if `path` is a folder,
 *   `WRITE_FAILED` for a full or read-only disk, missing permission, or a name that is too long or empty
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  checkArgument('writeFileAtomic', 'path', path, kinds.text);
  checkArgument('writeFileAtomic', 'bytes', bytes, { ...kinds.bytes, example: 'encodeModel(model)' });
  let temporary: string | undefined;
  try {
    if (await isSpecial(path)) {
      await writeFile(path, bytes);
      return;
    }
    const target = await followLinks(path);
    const folder = dirname(target);
    await removeAbandoned(folder);
    // Short and of a fixed length, so that every name that the file system allows works.
    temporary = join(folder, `.rbm-${machine}-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
    await writeToDisk(temporary, bytes);
    await rename(temporary, target);
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw writeError(cause, path);
  }
}

/** Whether there is something that is neither a file nor a folder: a terminal, `/dev/null`, a pipe. A rename would replace it. */
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** The path of the file itself: the end of a chain of links, whether or not it exists. */
async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MAXIMUM_LINKS; links++) {
    const found = await realpath(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined) return found;
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  return target;
}

async function removeAbandoned(folder: string): Promise<void> {
  // A folder may be writable but not listable.
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const owner = temporaryName.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) await rm(join(folder, name), { force: true });
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    // Else the new name can survive a power cut that its content does not.
    await file.sync();
  } finally {
    await file.close();
  }
}
