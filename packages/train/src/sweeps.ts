import { RbmError } from '@rbm/core';

/** @throws RbmError `ARGUMENT_INVALID` unless `k` is a positive whole number of sweeps. */
export function checkSweeps(k: number): void {
  if (!Number.isSafeInteger(k) || k < 1) {
    throw new RbmError('ARGUMENT_INVALID', `k, the number of sweeps, must be a positive whole number, not ${k}.`);
  }
}
