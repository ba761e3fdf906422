import { readFile } from 'node:fs/promises';
import { RbmError } from '@rbm/core';

/**
 * Reads a whole file.
 *
 * @throws RbmError `FILE_NOT_FOUND`, with the system's error as its cause, if there is no such file or it cannot be read
 */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RbmError('FILE_NOT_FOUND', `Cannot read ${path}: ${reason}. Check the path and its permissions.`, {
      cause,
    });
  }
  // A plain array over the same memory: what Buffer overrides (slice, toString) surprises callers.
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}
