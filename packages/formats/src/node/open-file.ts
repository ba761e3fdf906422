import { type FileHandle, open } from 'node:fs/promises';
import { RbmError } from '@rbm/core';
import { fileInvalid } from '../file-invalid.js';

/** @throws RbmError `FILE_NOT_FOUND` */
export async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw notRead(path, cause);
  }
}

/** Fills `bytes` from a place of the file. @throws RbmError `FILE_INVALID` where the file ends; `FILE_NOT_FOUND` */
export async function readInto(file: FileHandle, place: number, bytes: Uint8Array, path: string): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, place + done).catch((cause) => {
      throw notRead(path, cause);
    });
    if (bytesRead === 0) throw fileInvalid(path, place + done, 'more bytes', 'the end of the file');
    done += bytesRead;
  }
  return bytes;
}

function notRead(path: string, cause: unknown): RbmError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RbmError('FILE_NOT_FOUND', `Cannot read ${path}: ${reason}. Check the path and its permissions.`, {
    cause,
  });
}
