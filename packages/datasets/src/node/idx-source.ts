import { type FileHandle, open } from 'node:fs/promises';
import { type AbortSignalLike, RbmError } from '@rbm/core';
import {
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  type OpenSource,
  optional,
  type SourceRows,
  throwIfAborted,
} from '@rbm/core/contracts';
import { fileInvalid } from '../file-invalid.js';
import { decodeInto, IDX_HEADER_BYTES, type IdxNumbers, parseIdx, readIdxHeader } from '../idx.js';
import { readDecompressed } from './read-decompressed.js';

/** An IDX file as a source. */
export interface IdxSource extends OpenSource {
  /** Of the array; the first axis counts the rows. */
  readonly shape: readonly number[];
}

/** Options of `idxSource`. */
export interface IdxSourceOptions {
  /** An IDX file of one label a row, which is kept in memory (default: none). May be gzipped. */
  readonly labels?: string;
}

/** Bytes that are read at once. */
const CHUNK = 2 ** 22;

/**
 * Opens an IDX file as a source: each entry of the first axis is a row. Rows are read when they are asked for; the file stays open until
 * `close`. Bytes stay bytes; other numbers become float32 or float64, whichever holds them.
 *
 * @throws RbmError `FILE_INVALID` as `decodeIdx`, and for a file that is compressed or has no rows; `DATA_INVALID` for another number of
 * labels; `FILE_NOT_FOUND`. While reading: `FILE_INVALID` for a file that has become shorter, `ABORTED`, and `DISPOSED` after `close`.
 */
export async function idxSource(path: string, options: IdxSourceOptions = {}): Promise<IdxSource> {
  checkArgument('idxSource', 'path', path, kinds.text);
  checkArguments('idxSource', options, { labels: optional(kinds.text) });
  const { labels: labelsPath } = options;
  const file = await open(path).catch((cause: unknown) => {
    throw notRead(path, cause);
  });
  try {
    const { size } = await file.stat();
    const head = await readInto(file, 0, new Uint8Array(Math.min(size, IDX_HEADER_BYTES)), path);
    const { type, shape, start } = readIdxHeader(head, path, size);
    const [count = 0] = shape;
    const width = shape.slice(1).reduce((product, length) => product * length, 1);
    if (count * width === 0) throw fileInvalid(path, 4, 'an array with rows', `the shape ${shape.join(' × ')}`);
    const labels = labelsPath === undefined ? undefined : await readLabels(labelsPath, path, count);
    const rowBytes = width * type.size;
    const empty = type.make(0);
    const isSigned = empty instanceof Int8Array || empty instanceof Int16Array;
    let closed = false;
    return {
      specVersion: 1,
      name: path,
      shape,
      count,
      width,
      numbers:
        empty instanceof Uint8Array ? 'uint8' : isSigned || empty instanceof Float32Array ? 'float32' : 'float64',
      hasWeights: false,
      hasLabels: labels !== undefined,
      async read(first: number, rows: number, into: SourceRows, signal?: AbortSignalLike): Promise<void> {
        const most = Math.max(1, Math.floor(CHUNK / rowBytes));
        const bytes = new Uint8Array(Math.min(most, rows) * rowBytes);
        for (let done = 0; done < rows; done += most) {
          throwIfAborted(signal);
          if (closed) throw new RbmError('DISPOSED', `${path} was closed. Open it with idxSource again.`);
          const here = Math.min(most, rows - done);
          const part = bytes.subarray(0, here * rowBytes);
          await readInto(file, start + (first + done) * rowBytes, part, path);
          decodeInto(part, type, into.values.subarray(done * width, (done + here) * width) as IdxNumbers['data']);
        }
        if (labels) into.labels?.set(labels.subarray(first, first + rows));
      },
      async close(): Promise<void> {
        if (closed) return;
        closed = true;
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readLabels(labelsPath: string, path: string, count: number): Promise<Uint8Array> {
  const { data } = parseIdx(await readDecompressed(labelsPath), labelsPath, [null]);
  if (data.length === count) return data;
  throw new RbmError(
    'DATA_INVALID',
    `${labelsPath} has ${data.length} labels, ${path} has ${count} rows. Name the right file.`,
  );
}

/** Fills `bytes` from a place of the file. */
async function readInto(file: FileHandle, place: number, bytes: Uint8Array, path: string): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, place + done).catch((cause: unknown) => {
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
