import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RbmError } from '@rbm/core';
import { type LoadOptions, throwIfAborted } from '@rbm/core/contracts';
import { decompress, isGzip } from './gzip.js';

/** A file to fetch, known by its content. */
export interface Download {
  /** Where it can be had, tried in order. */
  readonly urls: readonly string[];
  /** Where it goes. `.gz` is appended if it arrives compressed. */
  readonly path: string;
  /** SHA-256 of the decompressed content, in hexadecimal: it stays the same when a mirror compresses anew. */
  readonly sha256: string;
  /** Length of the decompressed content in bytes. */
  readonly length: number;
  /** What a person can do if no mirror serves the file: a full sentence. */
  readonly advice: string;
}

/** What is read of an answer: that of `fetch` has more. */
export interface FetchedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** Options of `download`. */
export interface DownloadOptions extends LoadOptions {
  /**
   * Replaces the platform's `fetch`, for proxies and tests. `init` has a `signal` or nothing. Written out, so that callers
   * need no types of a platform.
   */
  readonly fetch?: (url: string, init: object) => Promise<FetchedResponse>;
}

/** What gzip may add to content that it cannot compress, with a wide margin. */
const GZIP_OVERHEAD = 2 ** 20;

/**
 * Fetches a file from the first of its mirrors that serves the expected content. The file appears under its name only
 * when it is complete and checked.
 *
 * @returns The path of the file.
 * @throws RbmError `CHECKSUM_MISMATCH` if none served the content and at least one served another; `DOWNLOAD_FAILED`
 * if none served anything or the file cannot be written; `ABORTED`.
 */
export async function download(request: Download, options: DownloadOptions = {}): Promise<string> {
  const failures: RbmError[] = [];
  for (const url of request.urls) {
    let bytes: Uint8Array;
    try {
      options.log?.(`Downloading ${url}`);
      bytes = await fetchBytes(url, request.length + GZIP_OVERHEAD, options);
      await check(bytes, url, request);
      throwIfAborted(options.signal);
    } catch (error) {
      if (!RbmError.isInstance(error) || error.code === 'ABORTED') throw error;
      failures.push(error);
      options.log?.(error.message);
      continue;
    }
    return write(bytes, request);
  }
  const mismatch = failures.some((failure) => failure.code === 'CHECKSUM_MISMATCH');
  const reasons = failures.map((failure) => failure.message).join(' ');
  throw new RbmError(mismatch ? 'CHECKSUM_MISMATCH' : 'DOWNLOAD_FAILED', `${reasons} ${request.advice}`, {
    cause: failures.at(-1),
  });
}

async function fetchBytes(url: string, maxLength: number, options: DownloadOptions): Promise<Uint8Array> {
  const { signal } = options;
  const fetch: NonNullable<DownloadOptions['fetch']> = options.fetch ?? globalThis.fetch;
  throwIfAborted(signal);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Only a real AbortSignal can interrupt a connection that is silent; any other is asked between chunks.
    const response = await fetch(url, signal instanceof AbortSignal ? { signal } : {});
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    for await (const chunk of response.body) {
      throwIfAborted(signal);
      length += chunk.length;
      if (length > maxLength) throw new Error(`the server sent more than ${maxLength} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throwIfAborted(signal);
    throw new RbmError('DOWNLOAD_FAILED', `${url} could not be downloaded: ${explain(cause)}.`, { cause });
  }
  return Buffer.concat(chunks);
}

/** The message of a failed fetch: `fetch` itself only says that it failed and keeps the reason in `cause`. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

async function check(bytes: Uint8Array, url: string, { sha256, length }: Download): Promise<void> {
  let found: string;
  try {
    found = `SHA-256 ${createHash('sha256')
      .update(await decompress(bytes, url, length))
      .digest('hex')}`;
  } catch (error) {
    found = (error as Error).message;
  }
  if (found !== `SHA-256 ${sha256}`) {
    throw new RbmError(
      'CHECKSUM_MISMATCH',
      `${url} is not the file that was expected, with SHA-256 ${sha256} (decompressed): found ${found}.`,
    );
  }
}

/** Writes under a temporary name first, so that no other process ever reads half a file. */
async function write(bytes: Uint8Array, request: Download): Promise<string> {
  const path = isGzip(bytes) ? `${request.path}.gz` : request.path;
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
    return path;
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new RbmError(
      'DOWNLOAD_FAILED',
      `${path} cannot be written: ${(cause as Error).message}. Name another cache folder in RBM_CACHE.`,
      { cause },
    );
  }
}
