import { type FileHandle, open } from 'node:fs/promises';
import { RbmError } from '@rbm/core';
import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/** Bytes that are asked of the system at once. */
const CHUNK = 2 ** 26;

/**
 * Reads a whole file, of more than 2 GiB too.
 *
 * @throws RbmError `FILE_NOT_FOUND`, with the system's error as its cause, if there is no such file or it cannot be read
 */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  checkArgument('readFileBytes', 'path', path, kinds.text);
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await readWhole(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RbmError('FILE_NOT_FOUND', `Cannot read ${path}: ${reason}. Check the path and its permissions.`, {
      cause,
    });
  } finally {
    await file?.close();
  }
}

async function readWhole(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size === 0) {
    // A pipe or the like, whose length nobody knows.
    const content = await file.readFile();
    // A plain array over the same memory: what Buffer overrides (slice, toString) surprises callers.
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  }
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, Math.min(CHUNK, size - done), done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}
