import { RbmError } from '@rbm/core';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type Unzipped, unzipSync, type Zippable, zipSync } from 'fflate';
import { checkBytes } from './check-bytes.js';
import { fileInvalid } from './file-invalid.js';
import { decompressedLimit, type FileLimits, fillLimits, limitKinds, overLimit } from './limits.js';
import { decodeNpy, encodeNpy, type NpyArray } from './npy.js';

const suffix = '.npy';
/** No deflate stream expands by more than this factor (258 bytes from two bits, and block headers). */
const maxExpansion = 1032;

/**
 * Writes named arrays as an npz file: a zip archive of npy files, deflated, as `numpy.savez_compressed` does. The same
 * arrays give the same bytes.
 *
 * @throws RbmError as {@link encodeNpy} does
 */
export function encodeNpz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  checkArgument('encodeNpz', 'arrays', arrays, kinds.record);
  const files: Zippable = Object.create(null);
  for (const [key, array] of Object.entries(arrays)) files[`${key}${suffix}`] = encodeNpy(array);
  // The oldest date that a zip archive can hold, so that the bytes do not depend on the clock.
  return zipSync(files, { mtime: new Date(1980, 0, 1) });
}

/** Options of `decodeNpz`. */
export interface DecodeNpzOptions extends FileLimits {
  /** Read this array only. Other members are not looked at, and may be anything (default: all arrays). */
  readonly key?: string;
}

/**
 * Reads an npz file, as `numpy.savez` and `numpy.savez_compressed` write it. The checksums in the archive are not
 * verified. The record is without a prototype, so that any name is safe.
 *
 * @param name what errors call the file, usually its path
 * @throws RbmError `FILE_INVALID` if the archive is damaged, its members overlap, or it holds anything but distinct npy
 *   files, and as {@link decodeNpy} does for those; `SIZE_LIMIT` for content beyond the limits
 */
export function decodeNpz(bytes: Uint8Array, name: string, options: DecodeNpzOptions = {}): Record<string, NpyArray> {
  checkBytes('decodeNpz', bytes, name);
  checkArguments('decodeNpz', options, { key: optional(kinds.text), ...limitKinds });
  const { key, ...limits } = options;
  const arrays: Record<string, NpyArray> = Object.create(null);
  for (const [file, content] of Object.entries(unzip(bytes, name, limits, key))) {
    arrays[file.slice(0, -suffix.length)] = decodeNpy(content, `${name} (${file})`);
  }
  return arrays;
}

/**
 * The names of the arrays in an npz file, without reading them.
 *
 * @throws RbmError `FILE_INVALID` if the archive is damaged
 */
export function npzKeys(bytes: Uint8Array, name: string): string[] {
  checkBytes('npzKeys', bytes, name);
  const keys: string[] = [];
  try {
    unzipSync(bytes, {
      filter: ({ name: file }) => {
        if (file.endsWith(suffix)) keys.push(file.slice(0, -suffix.length));
        return false;
      },
    });
  } catch (cause) {
    throw fileInvalid(name, 0, 'a zip archive of npy files', String(cause), cause);
  }
  return keys;
}

function unzip(bytes: Uint8Array, name: string, limits: FileLimits, key: string | undefined): Unzipped {
  const full = fillLimits(limits);
  const most = decompressedLimit(bytes.length, full);
  const seen = new Set<string>();
  let compressed = 0;
  let decompressed = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name: file, size, originalSize, compression }) => {
        if (key !== undefined && file !== `${key}${suffix}`) return false;
        if (!file.endsWith(suffix) || seen.has(file)) {
          throw fileInvalid(name, 0, `an archive of distinct ${suffix} files`, JSON.stringify(file));
        }
        seen.add(file);
        const limit = size * (compression === 0 ? 1 : maxExpansion);
        if (size > bytes.length || originalSize > limit) {
          throw fileInvalid(name, 0, `${file} of at most ${limit} bytes`, `a stated size of ${originalSize}`);
        }
        compressed += size;
        if (compressed > bytes.length) {
          throw fileInvalid(name, 0, `members that share no bytes of the archive's ${bytes.length}`, 'an overlap');
        }
        decompressed += originalSize;
        if (decompressed > most) {
          const limit = most === full.bytes ? 'bytes' : 'ratio';
          throw overLimit(name, 'bytes of its arrays are', decompressed, limit, limit === 'bytes' ? most : full.ratio);
        }
        if (seen.size > full.entries) throw overLimit(name, 'its members are', seen.size, 'entries', full.entries);
        return true;
      },
    });
  } catch (cause) {
    if (RbmError.isInstance(cause)) throw cause;
    throw fileInvalid(name, 0, 'a zip archive of npy files', String(cause), cause);
  }
}
