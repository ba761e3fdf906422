import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { RbmError } from '@rbm/core';

/** Enough of a file to know what it holds. @throws RbmError `FILE_NOT_FOUND` */
export async function firstBytes(path: string): Promise<{ readonly bytes: Uint8Array; readonly isPacked: boolean }> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
      const bytes = buffer.subarray(0, bytesRead);
      const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return { bytes: isPacked ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes, isPacked };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new RbmError('FILE_NOT_FOUND', `Cannot read ${path}: ${(cause as Error).message}.`, { cause });
  }
}
