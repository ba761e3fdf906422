import { open } from 'node:fs/promises';
import type { AbortSignalLike } from '@rbm/core';
import { checkArgument, argumentKinds as kinds, optional, throwIfAborted } from '@rbm/core/contracts';
import { decompressed } from './decompressed.js';
import { isGzip, mostDecompressed } from './gzip.js';

/**
 * Reads a file, compressed or not, of more than 2 GiB too: its first bytes decide, not its name. Memory holds the content and a
 * small part of the file.
 *
 * @throws RbmError as `decompressed`; `ABORTED`
 */
export async function readDecompressed(path: string, signal?: AbortSignalLike): Promise<Uint8Array> {
  checkArgument('readDecompressed', 'path', path, kinds.text);
  checkArgument('readDecompressed', 'signal', signal, optional(kinds.signal));
  throwIfAborted(signal);
  let content = new Uint8Array(await likelyLength(path));
  let length = 0;
  for await (const part of decompressed(path, path)) {
    throwIfAborted(signal);
    if (length + part.length > content.length) {
      const larger = new Uint8Array(Math.max(2 * content.length, length + part.length));
      larger.set(content.subarray(0, length));
      content = larger;
    }
    content.set(part, length);
    length += part.length;
  }
  return content.subarray(0, length);
}

/**
 * The length of a file's content: that of the file, or what the end of a gzip stream says (RFC 1952, section 2.3.1), as far as that
 * is allowed. It may be wrong, and costs nothing then: memory that is not written to is none.
 */
async function likelyLength(path: string): Promise<number> {
  // What is wrong with the file is for its reader to say.
  const file = await open(path).catch(() => undefined);
  try {
    const size = (await file?.stat())?.size ?? 0;
    if (!file || size < LEAST) return size;
    const { buffer: head } = await file.read(new Uint8Array(2), 0, 2, 0);
    if (!isGzip(head)) return size;
    const { buffer: end } = await file.read(new Uint8Array(4), 0, 4, size - 4);
    return Math.min(new DataView(end.buffer).getUint32(0, true), mostDecompressed(size));
  } catch {
    return 0;
  } finally {
    await file?.close();
  }
}

/** Bytes of the shortest gzip stream. */
const LEAST = 18;
