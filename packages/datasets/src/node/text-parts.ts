import type { AbortSignalLike } from '@rbm/core';
import { type ArgumentKind, throwIfAborted } from '@rbm/core/contracts';
import { decompressed, withHead } from './decompressed.js';
import { textEncodingOf } from './text-encoding.js';

/** For checks of arguments. */
export const pathOrBytes: ArgumentKind = {
  noun: 'a path or a stream of bytes',
  example: "'a file'",
  is: (value) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
};

/**
 * The text of a file or a stream of bytes, gzipped or not, in UTF-8 or UTF-16, in parts: it may be longer than a string can be.
 *
 * @param source A path, or bytes as they come.
 * @param name What errors call the source.
 * @throws RbmError `FILE_NOT_FOUND`; `FILE_INVALID` for a damaged gzip stream; `SIZE_LIMIT` for one of which the content is more
 *   than 100 times longer, above 16 MiB; `ABORTED`
 */
export async function* textParts(
  source: string | AsyncIterable<Uint8Array>,
  name: string,
  signal?: AbortSignalLike,
): AsyncGenerator<string, void, undefined> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  throwIfAborted(signal);
  for await (const bytes of withHead(decompressed(source, name))) {
    throwIfAborted(signal);
    decoder ??= new TextDecoder(textEncodingOf(bytes, name));
    yield decoder.decode(bytes, { stream: true });
  }
  if (decoder) yield decoder.decode();
}
