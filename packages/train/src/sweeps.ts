import { RbmError } from '@rbm/core';

/** @throws RbmError `ARGUMENT_INVALID` unless `sweeps` is a positive whole number. */
export function checkSweeps(sweeps: number, name = 'k'): void {
  if (Number.isSafeInteger(sweeps) && sweeps >= 1) return;
  throw new RbmError('ARGUMENT_INVALID', `${name} is ${sweeps}; expected a whole number of sweeps from 1 up.`);
}
