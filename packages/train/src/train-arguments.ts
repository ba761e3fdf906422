import {
  type ArgumentKind,
  checkArguments,
  isSource,
  argumentKinds as kinds,
  listOf,
  optional,
} from '@rbm/core/contracts';
import type { NextPhase, TrainingPhase } from './phase.js';
import { isStream } from './stream.js';
import type { TrainOptions } from './train.js';

const rate: ArgumentKind = {
  noun: 'a number, or { from, to }',
  example: '0.05',
  is: (value) => {
    if (typeof value === 'number') return true;
    const { from, to } = (kinds.record.is(value) ? value : {}) as { readonly from?: unknown; readonly to?: unknown };
    return typeof from === 'number' && typeof to === 'number';
  },
  fix: (value) => kinds.number.fix?.(value),
};

const data: ArgumentKind = {
  ...kinds.samples,
  is: (value) =>
    kinds.samples.is(value) || (kinds.record.is(value) && (isSource(value as object) || isStream(value as object))),
};

/** @throws RbmError `ARGUMENT_INVALID` for arguments of `train` or `resumeChanges` that are none, missing or unknown. */
export function checkTrainArguments(owner: string, options: TrainOptions, resume: ArgumentKind): void {
  const phase: Record<keyof TrainingPhase, ArgumentKind> = {
    estimator: kinds.estimator,
    rate,
    batch: { ...kinds.number, example: '100' },
    epochs: { ...kinds.number, example: '10' },
    average: optional(kinds.boolean),
    every: optional(kinds.number),
    measureEvery: optional(kinds.number),
  };
  checkArguments<TrainOptions>(owner, options, {
    model: kinds.model,
    data,
    backend: kinds.backend,
    ...phase,
    optimizer: kinds.optimizer,
    random: kinds.generator,
    laterPhases: optional(listOf({ ...kinds.record, example: '{ epochs: 10, rate: 0.01 }' }, 'phases')),
    monitors: optional(listOf(kinds.monitor, 'monitors')),
    heldOut: optional(kinds.samples),
    resume,
    acceptOtherData: optional(kinds.boolean),
    signal: optional(kinds.signal),
  });
  options.laterPhases?.forEach((later, number) => {
    checkArguments<NextPhase>(`${owner}, laterPhases[${number}]`, later, {
      ...phase,
      estimator: optional(phase.estimator),
      rate: optional(rate),
      batch: optional(phase.batch),
    });
  });
}

/** What `snapshot()` of a record resolves to. */
export const snapshotKind: ArgumentKind = {
  ...kinds.record,
  noun: 'a snapshot of a training',
  example: 'await record.snapshot()',
  fix: (value) => {
    return typeof value === 'function' || (kinds.record.is(value) && 'snapshot' in (value as object))
      ? 'Write await record.snapshot().'
      : undefined;
  },
  is: (value) => kinds.record.is(value) && 'training' in (value as object),
};
