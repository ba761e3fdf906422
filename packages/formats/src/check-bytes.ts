import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/**
 * Checks what every reader of a file's content takes.
 *
 * @throws RbmError `ARGUMENT_INVALID`
 */
export function checkBytes(owner: string, bytes: Uint8Array, name: string): void {
  checkArgument(owner, 'bytes', bytes, kinds.bytes);
  checkArgument(owner, 'name', name, { ...kinds.text, example: "'a file'" });
}
