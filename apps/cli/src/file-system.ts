import { lstat, mkdir, open, readdir, readlink, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readFileBytes } from '@rbm/formats/node';

/** A lock that the system ends with the process, however it dies. */
export interface Lock {
  /** Removes the lock file, then ends the lock. */
  release(): Promise<void>;
}

/** The file operations of a run's folder. A test injects one that fails or stops at operation n. */
export interface FileSystem {
  /** Creates a folder and those above it, if missing. @returns the topmost that was created, if any was */
  makeFolder(path: string): Promise<string | undefined>;
  /** Removes a folder if it is empty. */
  removeFolder(path: string): Promise<void>;
  /** Whether a path is a symbolic link. */
  isLink(path: string): Promise<boolean>;
  list(path: string): Promise<string[]>;
  /** @throws RbmError `FILE_NOT_FOUND`. */
  read(path: string): Promise<Uint8Array>;
  /** Creates a file whose content is on the disk when the promise resolves. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
  /** Locks a file, creating it if missing. @returns undefined if a lock exists. */
  lock(path: string): Promise<Lock | undefined>;
}

/** The files of this machine. */
export const machineFiles: FileSystem = {
  makeFolder,
  removeFolder: (path) => rmdir(path),
  isLink: (path) =>
    lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    ),
  list: (path) => readdir(path),
  read: readFileBytes,
  async create(path, bytes) {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  lock: lockFile,
};

/**
 * Makes a folder and those above it. A link to a folder that does not exist yet is followed. `mkdir` of Node with `recursive` never
 * ends where a folder exists and takes no other, as in `/proc`.
 *
 * @returns The first folder that was made, if any.
 */
async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return existingFolder(path, error);
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await stat(parent).catch(() => undefined))) throw error;
    const first = await makeFolder(parent);
    const own = await makeFolder(path);
    return first ?? own;
  }
}

/** What `makeFolder` returns for a path that exists. @throws `error` unless it is a folder, or a link to one that can be made */
async function existingFolder(path: string, error: unknown): Promise<string | undefined> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (cause) {
    const next = await readlink(path).catch(() => undefined);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || next === undefined) throw cause;
    return makeFolder(resolve(dirname(path), next));
  }
  if (!found.isDirectory()) throw error;
  return undefined;
}

async function lockFile(path: string): Promise<Lock | undefined> {
  const locks = await systemLocks();
  // Systems without a binary of the library, such as musl Linux, train without protection from a second run.
  if (!locks) return { release: async () => {} };
  for (;;) {
    const file = await open(path, 'a');
    if (!locks.tryLock(file.fd)) {
      await file.close();
      return undefined;
    }
    // The holder before may have removed the file between our opening and locking it.
    const [mine, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
    if (mine.ino === current?.ino) {
      return {
        async release() {
          await rm(path, { force: true });
          await file.close();
        },
      };
    }
    await file.close();
  }
}

type Locks = typeof import('fs-native-extensions')['default'];

async function systemLocks(): Promise<Locks | undefined> {
  try {
    return (await import('fs-native-extensions')).default;
  } catch {
    console.error('No file locks on this system: a second run into the same folder would not be noticed.');
    return undefined;
  }
}
