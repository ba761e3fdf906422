import { type AbortSignalLike, RbmError } from '@rbm/core';
import {
  checkArgument,
  argumentKinds as kinds,
  type OpenSource,
  type SourceNumbers,
  type SourceRows,
  throwIfAborted,
} from '@rbm/core/contracts';
import { type ElementKind, elementBytes, readElements } from '../elements.js';
import { fileInvalid } from '../file-invalid.js';
import { NPY_HEADER_BYTES, readNpyHeader } from '../npy.js';
import { openToRead, readInto } from './open-file.js';

/** A `.npy` file as a source. */
export interface NpySource extends OpenSource {
  /** Of the array; the first axis counts the rows. */
  readonly shape: readonly number[];
}

/** Bytes that are read at once. */
const CHUNK = 2 ** 22;

/**
 * Opens a `.npy` file as a source: each entry of the first axis is a row, which has all numbers of the other axes. Rows are read when they are
 * asked for; the file stays open until `close`. Unsigned bytes and booleans are kept as bytes, floats of 16 and 32 bits as float32, and
 * other numbers as float64.
 *
 * @throws RbmError `FILE_INVALID` for a file that is no `.npy` file, is compressed, or has no rows; `UNSUPPORTED` for an array in Fortran
 * order, whose rows lie apart; `FILE_NOT_FOUND`. While reading: `FILE_INVALID` for a file that has become shorter, `FILE_NOT_FOUND`,
 * `ABORTED`, and `DISPOSED` after `close`.
 */
export async function npySource(path: string): Promise<NpySource> {
  checkArgument('npySource', 'path', path, kinds.text);
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const head = await readInto(file, 0, new Uint8Array(Math.min(size, NPY_HEADER_BYTES)), path);
    if (head[0] === 0x1f && head[1] === 0x8b) {
      throw fileInvalid(path, 0, 'an npy file that is not compressed', 'a gzip file: decompress it first');
    }
    const { kind, littleEndian, fortranOrder, shape, count: numbers, dataStart } = readNpyHeader(head, path, size);
    if (fortranOrder) {
      throw new RbmError(
        'UNSUPPORTED',
        `${path} is in Fortran order, in which rows lie apart. Save it with numpy.ascontiguousarray, or read it with readNpy.`,
      );
    }
    const [count = 0] = shape;
    if (numbers === 0 || shape.length === 0) {
      throw fileInvalid(path, 0, 'an array with rows', `the shape (${shape.join(', ')})`);
    }
    const width = numbers / count;
    const rowBytes = width * elementBytes[kind];
    let closed = false;
    return {
      specVersion: 1,
      name: path,
      shape,
      count,
      width,
      numbers: numbersOf(kind),
      hasWeights: false,
      hasLabels: false,
      async read(first: number, rows: number, into: SourceRows, signal?: AbortSignalLike): Promise<void> {
        const most = Math.max(1, Math.floor(CHUNK / rowBytes));
        const bytes = new Uint8Array(Math.min(most, rows) * rowBytes);
        for (let done = 0; done < rows; done += most) {
          throwIfAborted(signal);
          if (closed) throw new RbmError('DISPOSED', `${path} was closed. Open it with npySource again.`);
          const here = Math.min(most, rows - done);
          const place = dataStart + (first + done) * rowBytes;
          const part = await readInto(file, place, bytes.subarray(0, here * rowBytes), path);
          into.values.set(
            readElements(part, { kind, count: here * width, offset: 0, littleEndian, place }, path),
            done * width,
          );
        }
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

function numbersOf(kind: ElementKind): SourceNumbers {
  if (kind === 'u8' || kind === 'bool') return 'uint8';
  return kind === 'f32' || kind === 'f16' ? 'float32' : 'float64';
}
