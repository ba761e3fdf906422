import { dirname } from 'node:path';
import { RbmError } from '@rbm/core';

/** What to do about errors of the system. */
const cures: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free some space or choose another folder, then run the command again.',
  EDQUOT: 'The disk quota is used up. Free some space or choose another folder, then run the command again.',
  EROFS: 'The file system is read-only. Choose another folder.',
  EACCES: 'Permission denied. Choose another folder or change its permissions.',
  EPERM: 'Permission denied. Choose another folder or change its permissions.',
  ENAMETOOLONG: 'The name is too long for this file system. Choose a shorter one.',
  ELOOP: 'Its symbolic links form a loop. Choose another path.',
  EIO: 'The disk reports an error. Check the disk or choose another folder.',
  EFBIG: 'The file is too large for this file system. Choose another folder.',
};

/**
 * The error to throw when a file or folder cannot be written, with its path and what to do.
 *
 * @param cause What the system threw. Anything that is not an error of the system is returned unchanged.
 * @returns RbmError `FILE_NOT_FOUND` if the folder does not exist, `FILE_EXISTS` if something else has that name,
 *   `WRITE_FAILED` for a full or read-only disk, missing permission, or a name that is too long or empty
 */
export function writeError(cause: unknown, path: string): unknown {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (
    RbmError.isInstance(cause) ||
    typeof code !== 'string' ||
    (cause as NodeJS.ErrnoException).syscall === undefined
  ) {
    return cause;
  }
  const what = `Cannot write ${path === '' ? '"" (an empty name)' : path}`;
  if (path === '') return new RbmError('WRITE_FAILED', `${what}. Give a name.`, { cause });
  switch (code) {
    case 'ENOENT':
      return new RbmError('FILE_NOT_FOUND', `${what}: there is no folder ${dirname(path)}. Create it first.`, {
        cause,
      });
    case 'ENOTDIR':
      return new RbmError('FILE_NOT_FOUND', `${what}: a part of ${dirname(path)} is a file. Choose another path.`, {
        cause,
      });
    case 'EISDIR':
      return new RbmError('FILE_EXISTS', `${what}: a folder of that name exists. Choose another name.`, { cause });
    case 'EEXIST':
      return new RbmError('FILE_EXISTS', `${what}: a file of that name exists. Choose another name.`, { cause });
    default: {
      const cure = cures[code] ?? 'Check the path, or choose another.';
      return new RbmError('WRITE_FAILED', `${what}: ${code}. ${cure}`, { cause });
    }
  }
}
