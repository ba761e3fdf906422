import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RbmError } from '@rbm/core';
import { fileInvalid } from '../file-invalid.js';

const gunzipAsync = promisify(gunzip);

/** Decompressed content up to this many bytes is accepted whatever its ratio. */
const SMALL = 2 ** 24;
/** How many times longer than the stream larger content may be. */
const MOST_RATIO = 100;

/** Whether `bytes` start like a gzip stream (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The bytes that `bytes` stand for: decompressed if they are a gzip stream, else themselves.
 *
 * @param name What error messages call the source of the bytes.
 * @param maxLength Decompressing to more bytes than this throws (default: 100 times the length of `bytes`, at least 16 MiB).
 * @throws RbmError `FILE_INVALID` for a gzip stream that is damaged, cut short or longer than `maxLength`;
 * `SIZE_LIMIT` for one that is longer than the default.
 */
export async function decompress(bytes: Uint8Array, name: string, maxLength?: number): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  const most = maxLength ?? mostDecompressed(bytes.length);
  try {
    return await gunzipAsync(bytes, { maxOutputLength: Math.min(most, constants.MAX_LENGTH) });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE' && maxLength === undefined) throw tooLong(name, bytes.length, cause);
    throw gunzipError(cause, name, bytes.length);
  }
}

/** Bytes that a gzip stream of a length may stand for. */
export function mostDecompressed(length: number): number {
  return Math.max(SMALL, MOST_RATIO * length);
}

/** The error for a gzip stream that stands for more. */
export function tooLong(name: string, length: number, cause?: unknown): RbmError {
  return new RbmError(
    'SIZE_LIMIT',
    `Cannot read ${name}: its ${length} bytes decompress to more than ${mostDecompressed(length)}. If you trust it, decompress it first.`,
    { cause },
  );
}

/** The error for a gzip stream that is damaged or cut short after `length` bytes. */
export function gunzipError(cause: unknown, name: string, length: number): RbmError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === 'Z_BUF_ERROR'
    ? fileInvalid(name, length, 'more of the gzip stream', 'the end of the file', cause)
    : fileInvalid(name, 0, 'a gzip stream that can be decompressed', `a damaged one (${message})`, cause);
}
