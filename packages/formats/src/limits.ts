import { RbmError } from '@rbm/core';
import { type ArgumentKind, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';

/**
 * What a file may cost to read. A file is refused before more than that is allocated, so that a small one cannot take the
 * machine.
 */
export interface FileLimits {
  /** Bytes of the arrays of a file once it is decompressed (default: 4 GiB). */
  readonly bytes?: number;
  /** How many times larger than the file its decompressed content may be, where that is above 16 MiB (default: 100). */
  readonly ratio?: number;
  /** Tensors, members of an archive, layers, or interactions (default: 16,384 each). */
  readonly entries?: number;
  /** How deep JSON may be nested (default: 32). */
  readonly depth?: number;
  /**
   * Multiplications spent on proving that a model with unbounded units on both ends of an interaction has a
   * distribution (default: 2·10⁸, and 200 for each byte of the file).
   */
  readonly work?: number;
}

/** All limits, with the defaults filled in. */
export type FullFileLimits = Required<Omit<FileLimits, 'work'>>;

/** The most axes of an array: that of NumPy. */
export const MOST_AXES = 64;

/** Decompressed content up to this many bytes is read whatever its ratio. */
const SMALL = 2 ** 24;

/** For checks of arguments. */
export const limitKinds: Readonly<Record<keyof FileLimits, ArgumentKind>> = {
  bytes: optional(kinds.number),
  ratio: optional(kinds.number),
  entries: optional(kinds.number),
  depth: optional(kinds.number),
  work: optional(kinds.number),
};

/** @throws RbmError `ARGUMENT_INVALID` for a limit that is unknown, or not a positive number. */
export function fillLimits(limits: FileLimits = {}): FullFileLimits {
  checkArguments('limits', limits, limitKinds);
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (typeof value === 'number' && value > 0)) continue;
    throw new RbmError('ARGUMENT_INVALID', `limits.${name} is ${String(value)}; expected a positive number.`);
  }
  const { bytes = 2 ** 32, ratio = 100, entries = 2 ** 14, depth = 32 } = limits;
  return { bytes, ratio, entries, depth };
}

/** Bytes that a file of `fileBytes` may become when it is decompressed. */
export function decompressedLimit(fileBytes: number, { bytes, ratio }: FullFileLimits): number {
  return Math.min(bytes, Math.max(SMALL, ratio * fileBytes));
}

/** The error for a file that would cost more than a limit. */
export function overLimit(name: string, what: string, found: number, limit: keyof FileLimits, most: number): RbmError {
  return new RbmError(
    'SIZE_LIMIT',
    `Cannot read ${name}: ${what} ${found.toLocaleString('en')}, and the limit is ${most.toLocaleString('en')}. ` +
      `If you trust the file, raise limits.${limit}.`,
  );
}
