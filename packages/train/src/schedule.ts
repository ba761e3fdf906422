import { RbmError } from '@rbm/core';

/** A number that stays, or one that moves linearly over the training, from its first step to its last. Plain data. */
export type Schedule = number | { readonly from: number; readonly to: number };

/**
 * The value of a schedule at a step.
 *
 * @param step 0 to `steps − 1`.
 */
export function scheduled(schedule: Schedule, step: number, steps: number): number {
  if (typeof schedule === 'number') return schedule;
  const share = steps > 1 ? Math.min(step / (steps - 1), 1) : 0;
  return schedule.from + (schedule.to - schedule.from) * share;
}

/** @throws RbmError `ARGUMENT_INVALID` for a rate that is negative or not a number. */
export function checkSchedule(schedule: Schedule, name: string): void {
  const values = typeof schedule === 'number' ? [schedule] : [schedule.from, schedule.to];
  for (const value of values) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RbmError('ARGUMENT_INVALID', `The ${name} must be a number from 0 up, not ${value}.`);
    }
  }
}
