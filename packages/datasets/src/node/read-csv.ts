import type { AbortSignalLike } from '@rbm/core';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { CsvReader } from '../csv.js';
import type { CsvOptions, CsvSamples } from '../csv-options.js';
import { csvKinds } from '../csv-options.js';
import { pathOrBytes, textParts } from './text-parts.js';

/** Options of `readCsv`. */
export interface ReadCsvOptions extends CsvOptions {
  readonly signal?: AbortSignalLike;
}

/**
 * Reads a table from a file or a stream of bytes, gzipped or not, in UTF-8 or UTF-16. The text is read in parts: it may be
 * longer than a string can be, and memory holds the values and a part of the text.
 *
 * @param source A path, or bytes as they come (standard input).
 * @param options `name` is what errors call the source (default: the path).
 * @throws RbmError as `parseCsv`; `FILE_NOT_FOUND`; `SIZE_LIMIT` for a gzip stream of which the content is more than 100
 *   times longer, above 16 MiB; `ABORTED`
 */
export async function readCsv(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadCsvOptions = {},
): Promise<CsvSamples> {
  checkArgument('readCsv', 'source', source, pathOrBytes);
  checkArguments('readCsv', options, { ...csvKinds, signal: optional(kinds.signal) });
  const { signal, ...csv } = options;
  const name = options.name ?? (typeof source === 'string' ? source : 'the stream');
  const reader = new CsvReader({ ...csv, name });
  for await (const text of textParts(source, name, signal)) {
    reader.push(text);
    if (reader.isFull) break;
  }
  return reader.end();
}
