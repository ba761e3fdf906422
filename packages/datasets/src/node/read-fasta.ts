import type { AbortSignalLike } from '@rbm/core';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import type { FastaOptions, FastaSamples } from '../fasta.js';
import { fastaKinds } from '../fasta.js';
import { FastaReader } from '../fasta-reader.js';
import { pathOrBytes, textParts } from './text-parts.js';

/** Options of `readFasta`. */
export interface ReadFastaOptions extends FastaOptions {
  readonly signal?: AbortSignalLike;
}

/**
 * Reads an alignment from a file or a stream of bytes, gzipped or not: FASTA, A2M, A3M or Stockholm. The text is read in parts: it
 * may be longer than a string can be, and memory holds a byte for each letter and the names.
 *
 * @param source A path, or bytes as they come (standard input).
 * @param options `name` is what errors call the source (default: the path).
 * @throws RbmError as `parseFasta`; `FILE_NOT_FOUND`; `SIZE_LIMIT` for a line of more than 2^28 characters, or a gzip stream of which
 *   the content is more than 100 times longer, above 16 MiB; `ABORTED`
 */
export async function readFasta(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadFastaOptions = {},
): Promise<FastaSamples> {
  checkArgument('readFasta', 'source', source, pathOrBytes);
  checkArguments('readFasta', options, { ...fastaKinds, signal: optional(kinds.signal) });
  const { signal, ...fasta } = options;
  const name = options.name ?? (typeof source === 'string' ? source : 'the stream');
  const reader = new FastaReader({ ...fasta, name });
  for await (const text of textParts(source, name, signal)) {
    reader.push(text);
    if (reader.isFull) break;
  }
  return reader.end();
}
