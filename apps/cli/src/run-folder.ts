import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { RbmError } from '@rbm/core';
import { writeError } from '@rbm/formats/node';
import { type FileSystem, type Lock, machineFiles } from './file-system.js';

/** The description of a run: what was asked for and how far it is. */
export const DESCRIPTION = 'run.json';

const LOCK = '.rbm-lock';
/** What a process that was killed leaves. */
const TEMPORARY = /^\.rbm-.*\.tmp$/;
/** What an earlier training may have left, which a new one must not mix with. */
const RESULT =
  /^(model\.safetensors|metrics\.jsonl|checkpoint(\.previous)?\.(safetensors|bin)|(samples|filters|couplings)\.png)$/;

/**
 * The folder of one training. All file operations in it happen here. Each file is complete at any moment, and one process at
 * a time has the folder: a lock holds until `close` or the end of the process.
 */
export class RunFolder {
  readonly path: string;
  readonly #files: FileSystem;
  #lock: Lock | undefined;
  /** The topmost folder that was created for this one. */
  readonly #created: string | undefined;

  private constructor(path: string, files: FileSystem, lock: Lock, created: string | undefined) {
    this.path = path;
    this.#files = files;
    this.#lock = lock;
    this.#created = created;
  }

  /**
   * A folder for a new training.
   *
   * @throws RbmError `FILE_EXISTS` if it holds anything, except with `force`; `RUN_IN_USE`; as `writeError`.
   */
  static async create(path: string, force: boolean, files: FileSystem = machineFiles): Promise<RunFolder> {
    const created = await files.makeFolder(path).catch((cause: unknown) => {
      throw writeError(cause, path);
    });
    const folder = await RunFolder.#locked(path, files, created);
    try {
      const names = await files.list(path);
      if (names.some((name) => name !== LOCK) && !force) {
        const unfinished = names.includes(DESCRIPTION) ? ` Continue its training with rbm resume ${path}.` : '';
        throw new RbmError(
          'FILE_EXISTS',
          `The folder ${path} is not empty. Choose another with --out, or overwrite it with --force.${unfinished}`,
        );
      }
      for (const name of names.filter((name) => name === DESCRIPTION || RESULT.test(name))) {
        if (!(await files.isLink(folder.pathOf(name)))) continue;
        throw new RbmError(
          'FILE_EXISTS',
          `${folder.pathOf(name)} is a symbolic link, which --force does not replace. Remove it or choose another --out.`,
        );
      }
    } catch (error) {
      await folder.close();
      throw error;
    }
    return folder;
  }

  /** The folder of a training that goes on. @throws RbmError `FILE_NOT_FOUND`; `RUN_IN_USE`; as `writeError`. */
  static async open(path: string, files: FileSystem = machineFiles): Promise<RunFolder> {
    await files.list(path).catch((cause: unknown) => {
      throw new RbmError('FILE_NOT_FOUND', `There is no folder ${path}. Give the folder of a training.`, { cause });
    });
    return RunFolder.#locked(path, files);
  }

  static async #locked(path: string, files: FileSystem, created?: string): Promise<RunFolder> {
    const lock = await files.lock(join(path, LOCK)).catch((cause: unknown) => {
      throw writeError(cause, path);
    });
    if (lock === undefined) {
      throw new RbmError('RUN_IN_USE', `Another process is training in ${path}. Wait for it, or choose another --out.`);
    }
    const folder = new RunFolder(path, files, lock, created);
    // With the lock, all temporary files are those of processes that ended.
    for (const name of await files.list(path)) if (TEMPORARY.test(name)) await folder.remove(name);
    return folder;
  }

  /** The path of a file of the training, for messages. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** The content of a file, or undefined if there is none. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const names = await this.#files.list(this.path);
    return names.includes(name) ? this.#files.read(this.pathOf(name)) : undefined;
  }

  /** Writes a file, or replaces it. @throws as `writeError`. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.pathOf(`.rbm-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
    try {
      await this.#files.create(temporary, bytes);
      await this.#files.rename(temporary, this.pathOf(name));
    } catch (cause) {
      await this.#files.remove(temporary).catch(() => {});
      throw writeError(cause, this.pathOf(name));
    }
  }

  /** Gives a file another name, if it exists. @throws as `writeError`. */
  async rename(from: string, to: string): Promise<void> {
    try {
      await this.#files.rename(this.pathOf(from), this.pathOf(to));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(cause, this.pathOf(to));
    }
  }

  /** Removes a file if it exists. @throws as `writeError`. */
  async remove(name: string): Promise<void> {
    await this.#files.remove(this.pathOf(name)).catch((cause: unknown) => {
      throw writeError(cause, this.pathOf(name));
    });
  }

  /** Removes the results of an earlier training; files of other people stay. */
  async clear(): Promise<void> {
    for (const name of await this.#files.list(this.path)) if (RESULT.test(name)) await this.remove(name);
  }

  /**
   * Removes what a training has written that could not start, and the folders that were created for it, so that the next one
   * can have them. Lets other processes have the folder.
   */
  async abandon(): Promise<void> {
    await this.clear();
    await this.remove(DESCRIPTION);
    await this.close();
    if (this.#created === undefined) return;
    const top = dirname(resolve(this.#created));
    for (let path = resolve(this.path); path !== top && path !== dirname(path); path = dirname(path)) {
      await this.#files.removeFolder(path);
    }
  }

  /** Lets other processes have the folder. Later calls do nothing: the lock may be another's by then. */
  async close(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }
}
