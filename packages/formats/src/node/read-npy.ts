import type { FileHandle } from 'node:fs/promises';
import { RbmError } from '@rbm/core';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { elementBytes, emptyElements, readElements } from '../elements.js';
import { NPY_HEADER_BYTES, type NpyArray, type NpyLayout, readNpyHeader, toRowMajor } from '../npy.js';
import { openToRead, readInto } from './open-file.js';

/** Options of `readNpy`. */
export interface ReadNpyOptions {
  /** Read only so many entries of the first axis (default: all). */
  readonly rows?: number;
}

/** Numbers that are read at once. */
const CHUNK = 2 ** 21;

/**
 * Reads an npy file, of more than 2 GiB too: memory holds the array and a small part of the file.
 *
 * @throws RbmError as `decodeNpy`; `FILE_NOT_FOUND` if the file cannot be read; `SIZE_LIMIT` if memory does not hold the array
 */
export async function readNpy(path: string, options: ReadNpyOptions = {}): Promise<NpyArray> {
  checkArgument('readNpy', 'path', path, kinds.text);
  checkArguments('readNpy', options, { rows: optional(kinds.number) });
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const head = await readInto(file, 0, new Uint8Array(Math.min(size, NPY_HEADER_BYTES)), path);
    const layout = readNpyHeader(head, path, size);
    const shape = rowsOf(layout, options.rows);
    // Entries of the first axis lie apart in Fortran order.
    const wanted = layout.fortranOrder ? layout.count : shape.reduce((product, length) => product * length, 1);
    const data = await readAll(file, layout, wanted, path);
    if (!layout.fortranOrder) return { shape, data };
    const sorted = toRowMajor(data, layout.shape);
    return {
      shape,
      data: sorted.subarray(
        0,
        shape.reduce((product, length) => product * length, 1),
      ),
    };
  } finally {
    await file.close();
  }
}

/** The shape of the first `rows` entries; that of the whole array if there are not so many. */
function rowsOf({ shape }: NpyLayout, rows: number | undefined): readonly number[] {
  const [first, ...rest] = shape;
  return first === undefined || rows === undefined ? shape : [Math.min(first, rows), ...rest];
}

async function readAll(
  file: FileHandle,
  { kind, littleEndian, dataStart }: NpyLayout,
  wanted: number,
  path: string,
): Promise<NpyArray['data']> {
  const size = elementBytes[kind];
  const data = allocate(() => emptyElements(kind, wanted), wanted, path);
  const buffer = new Uint8Array(Math.min(CHUNK, wanted) * size);
  for (let first = 0; first < wanted; first += CHUNK) {
    const count = Math.min(CHUNK, wanted - first);
    const place = dataStart + first * size;
    const bytes = await readInto(file, place, buffer.subarray(0, count * size), path);
    data.set(readElements(bytes, { kind, count, offset: 0, littleEndian, place }, path), first);
  }
  return data;
}

function allocate<T>(make: () => T, count: number, path: string): T {
  try {
    return make();
  } catch (cause) {
    throw new RbmError(
      'SIZE_LIMIT',
      `Cannot read ${path}: memory does not hold its ${count} numbers. Read fewer rows.`,
      {
        cause,
      },
    );
  }
}
