import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RbmError } from '@rbm/core';
import { gunzipError, isGzip, mostDecompressed, tooLong } from './gzip.js';

/** Bytes that are read at once. */
const CHUNK = 2 ** 22;
/** Bytes that tell what a content is. */
const HEAD = 4;

/**
 * The content of a source in parts, decompressed if it is a gzip stream: its first bytes decide, not its name.
 *
 * @param source A path, or bytes as they come.
 * @param name What errors call it.
 * @throws RbmError `FILE_NOT_FOUND` if it cannot be read; `FILE_INVALID` for a gzip stream that is damaged or cut short;
 *   `SIZE_LIMIT` for one of which the content is more than 100 times longer, above 16 MiB
 */
export async function* decompressed(
  source: string | AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = typeof source === 'string' ? await sizeOf(source, name) : undefined;
  const bytes = typeof source === 'string' ? createReadStream(source, { highWaterMark: CHUNK }) : source;
  const iterator = withHead(systemErrors(bytes, name));
  const first = await iterator.next();
  if (first.done) return;
  let read = 0;
  const all = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    read += first.value.length;
    yield first.value;
    for await (const part of iterator) {
      read += part.length;
      yield part;
    }
  };
  if (!isGzip(first.value)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip({ chunkSize: 2 ** 20 });
  // An error of the source reaches the loop below through the stream that it feeds.
  pipeline(all(), gunzip, () => {});
  let written = 0;
  try {
    for await (const part of gunzip as AsyncIterable<Uint8Array>) {
      written += part.length;
      const length = size ?? read;
      if (written > mostDecompressed(length)) throw tooLong(name, length);
      yield part;
    }
  } catch (cause) {
    throw RbmError.isInstance(cause) ? cause : gunzipError(cause, name, read);
  }
}

/** The same bytes, of which the first part has those that tell what the content is. */
export async function* withHead(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const part of parts) {
    if (!head) {
      yield part;
      continue;
    }
    head = head.length === 0 ? part : Buffer.concat([head, part]);
    if (head.length < HEAD) continue;
    yield head;
    head = undefined;
  }
  if (head && head.length > 0) yield head;
}

async function sizeOf(path: string, name: string): Promise<number | undefined> {
  const found = await stat(path).catch((cause: unknown) => {
    throw notRead(name, cause);
  });
  return found.isFile() ? found.size : undefined;
}

/** The same bytes; errors of the system name the source. */
async function* systemErrors(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (cause) {
    throw RbmError.isInstance(cause) ? cause : notRead(name, cause);
  }
}

function notRead(name: string, cause: unknown): RbmError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RbmError('FILE_NOT_FOUND', `${name} cannot be read: ${reason}.`, { cause });
}
