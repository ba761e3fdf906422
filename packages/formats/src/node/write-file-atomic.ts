import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RbmError } from '@rbm/core';

/**
 * Writes a file so that a reader, or a crash at any moment, meets the old content or the new one and nothing between:
 * the bytes go to a temporary name in the same folder, reach the disk, and the name is changed. An existing file is
 * replaced, the one that a link points to rather than the link. On failure the temporary file is removed.
 *
 * @throws RbmError `FILE_NOT_FOUND` if the folder does not exist, `FILE_EXISTS` if `path` is a folder; other errors of
 *   the system (a full disk, no permission) as they are
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    await writeToDisk(temporary, bytes);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw explain(cause, path);
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

function explain(cause: unknown, path: string): unknown {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new RbmError('FILE_NOT_FOUND', `Cannot write ${path}: there is no folder ${dirname(path)}.`, { cause });
    case 'EISDIR':
      return new RbmError('FILE_EXISTS', `Cannot write ${path}: a folder of that name exists.`, { cause });
    default:
      return cause;
  }
}
