import { RbmError } from '@rbm/core';

/** A number that stays, or one that moves linearly over the training, from its first step to its last. Plain data. */
export type Schedule = number | { readonly from: number; readonly to: number };

/**
 * The value of a schedule.
 *
 * @param done Samples that were seen before, from 0 to `last`.
 * @param last Samples that will have been seen before the last step.
 */
export function scheduled(schedule: Schedule, done: number, last: number): number {
  if (typeof schedule === 'number') return schedule;
  const share = last > 0 ? Math.min(done / last, 1) : 0;
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
