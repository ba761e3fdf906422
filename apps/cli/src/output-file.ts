import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RbmError } from '@rbm/core';
import { writeError } from '@rbm/formats/node';
import { UsageError } from './usage-error.js';

/**
 * Checks before any work that a file of results can be written: it is none of the files that are read, no folder, and its own
 * folder exists.
 *
 * @param option The name that messages use: `--out`.
 * @param inputs Paths of what the command reads, by name. Those that are no files are ignored.
 * @throws UsageError for a file that is read; RbmError as `writeError`
 */
export async function checkOutput(
  option: string,
  path: string,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  for (const [name, input] of Object.entries(inputs)) {
    if ((await realpath(input).catch(() => undefined)) !== target) continue;
    throw new UsageError(`${option} ${path} is also ${name}, which it would overwrite. Choose another name.`);
  }
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw writeError(error, path);
    return undefined;
  });
  if (there?.isDirectory()) {
    throw new RbmError('FILE_EXISTS', `Cannot write ${path}: a folder of that name exists. Choose another name.`);
  }
  await stat(dirname(target)).catch((error: unknown) => {
    throw writeError(error, path);
  });
}
