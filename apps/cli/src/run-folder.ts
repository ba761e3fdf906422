import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RbmError } from '@rbm/core';
import { writeFileAtomic } from '@rbm/formats/node';

/** The folder of one training. All file operations in it happen here; each file is complete at any moment. */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A folder for a new training. @throws RbmError `FILE_EXISTS` if it holds anything, except with `force`. */
  static async create(path: string, force: boolean): Promise<RunFolder> {
    await mkdir(path, { recursive: true });
    const entries = await readdir(path);
    if (entries.length > 0 && !force) {
      throw new RbmError('FILE_EXISTS', `The folder ${path} is not empty. Name another with --out, or say --force.`);
    }
    return new RunFolder(path);
  }

  /** The folder of a training that goes on. */
  static at(path: string): RunFolder {
    return new RunFolder(path);
  }

  /** The path of a file of the training, for messages. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, or replaces it. @throws as `writeFileAtomic`. */
  write(name: string, bytes: Uint8Array): Promise<void> {
    return writeFileAtomic(this.pathOf(name), bytes);
  }

  /** Gives a file another name, if it exists. */
  async rename(from: string, to: string): Promise<void> {
    try {
      await rename(this.pathOf(from), this.pathOf(to));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Removes a file if it exists. */
  remove(name: string): Promise<void> {
    return rm(this.pathOf(name), { force: true });
  }
}
