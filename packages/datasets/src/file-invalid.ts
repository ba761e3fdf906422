import { RbmError } from '@rbm/core';

/** The error for a binary file whose content contradicts its format. */
export function fileInvalid(name: string, offset: number, expected: string, found: string, cause?: unknown): RbmError {
  const message = `Cannot read ${name}: at byte ${offset}, expected ${expected}, found ${found}.`;
  return new RbmError('FILE_INVALID', message, { cause });
}
