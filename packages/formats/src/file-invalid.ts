import { RbmError } from '@rbm/core';

/**
 * The error for a file whose content contradicts its format.
 *
 * @param name what the caller calls the file, usually its path
 * @param offset the byte of the file at which the contradiction shows
 */
export function fileInvalid(name: string, offset: number, expected: string, found: string, cause?: unknown): RbmError {
  const message = `Cannot read ${name}: at byte ${offset}, expected ${expected}, found ${found}.`;
  return new RbmError('FILE_INVALID', message, cause === undefined ? undefined : { cause });
}
