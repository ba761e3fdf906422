import { RbmError } from '@rbm/core';
import type { GradientEstimator, TrainingSnapshot } from '@rbm/core/contracts';
import { batchesPerEpoch, batchesToSee, samplesIn } from './batches.js';
import { checkSchedule, type Schedule } from './schedule.js';

/** A stretch of a training: how gradients are estimated, how large the steps are, and how long it lasts. */
export interface TrainingPhase {
  readonly estimator: GradientEstimator;
  /** The learning rate, from the first step of the phase to its last. */
  readonly rate: Schedule;
  /** Samples in a batch: all samples if there are fewer. The last batch of an epoch has what is left. */
  readonly batch: number;
  /** How often each sample is seen; may be a fraction. */
  readonly epochs: number;
  /**
   * Whether the parameters become their average over the phase when it ends (Polyak and Juditsky 1992). At a rate that stays, they
   * wander about the best ones; with persistent chains the weights of far modes wander most, and the average is far better
   * balanced than any single point. (default: false)
   */
  readonly average?: boolean;
  /** Steps between records (default: an epoch). The last step of a phase always makes one. */
  readonly every?: number;
  /** Steps between measurements; records in between have no metrics (default: every record has). */
  readonly measureEvery?: number;
}

/**
 * A phase that follows another: what is left out stays as it was. With an `estimator` it starts afresh, chains included; without
 * one the estimator goes on with the chains it has. A rate that fell stays at its last value; averages and records are not inherited.
 */
export type NextPhase = Partial<TrainingPhase> & Pick<TrainingPhase, 'epochs'>;

/** A phase with its place in the training. */
export interface PlannedPhase extends Required<TrainingPhase> {
  /** From 0. */
  readonly number: number;
  /** Samples in the data. */
  readonly count: number;
  /** What was done of it before this training was resumed. */
  readonly done: { readonly steps: number; readonly samples: number };
  /** The steps before it, and with it. */
  readonly start: number;
  readonly end: number;
  /** Samples seen before it, repetitions counted. */
  readonly seen: number;
  /** Whether the estimator goes on from the phase before. */
  readonly goesOn: boolean;
  /** The phase in which the estimator started. */
  readonly origin: number;
}

/**
 * The phases of a training one after the other.
 *
 * @param count Samples in the data.
 * @param at Where the training is resumed: the phases before that one are over, and their places are not those they had.
 * @throws RbmError `ARGUMENT_INVALID` for numbers that make no sense, naming the phase.
 */
export function planPhases(
  { laterPhases = [], ...first }: TrainingPhase & { readonly laterPhases?: readonly NextPhase[] },
  count: number,
  at?: Pick<TrainingSnapshot, 'step' | 'seen' | 'phase'>,
): readonly PlannedPhase[] {
  const planned: PlannedPhase[] = [];
  for (const next of [first, ...laterPhases]) {
    const before = planned.at(-1);
    const number = planned.length;
    const given = { ...(before ? inherited(before) : first), ...next };
    const { estimator, rate } = given;
    const batch = Math.min(given.batch, count);
    const every = next.every ?? Math.max(1, batchesPerEpoch({ count, batch }));
    const phase = {
      estimator,
      rate,
      batch,
      epochs: next.epochs,
      average: next.average ?? false,
      every,
      measureEvery: next.measureEvery ?? every,
    };
    check({ ...phase, batch: given.batch }, number);
    const goesOn = before !== undefined && next.estimator === undefined;
    if (before && goesOn && batch !== before.batch) checkChains(estimator, number);
    const resumed = at?.phase.number === number ? at : undefined;
    const done = { steps: resumed?.phase.step ?? 0, samples: resumed?.phase.seen ?? 0 };
    const start = resumed ? resumed.step - done.steps : (before?.end ?? 0);
    const seen = resumed ? resumed.seen - done.samples : before ? before.seen + samplesBefore(before, before.end) : 0;
    // Samples are whole: rounding of the product must not make a step.
    const left = Math.ceil(next.epochs * count - 1e-6) - done.samples;
    planned.push({
      ...phase,
      number,
      count,
      done,
      start,
      end: start + done.steps + batchesToSee(left, seen + done.samples, { count, batch }),
      seen,
      goesOn,
      origin: before && goesOn ? before.origin : number,
    });
  }
  return planned;
}

/** Samples that a phase has seen before a step of the training. */
export function samplesBefore(
  phase: Omit<PlannedPhase, keyof TrainingPhase> & { batch: number },
  step: number,
): number {
  const { start, done, seen } = phase;
  return done.samples + samplesIn(step - start - done.steps, seen + done.samples, phase);
}

/** @throws RbmError for as many chains as samples in a batch, which another batch would change. */
function checkChains({ name, capabilities, settings }: GradientEstimator, number: number): void {
  if (capabilities?.negativePhase?.over !== 'persistent chains' || settings.chains !== undefined) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `Phase ${number + 1} changes the batch, and "${name}" has as many chains as samples in one. Set its "chains", or give the ` +
      'phase an estimator.',
  );
}

function inherited({ estimator, rate, batch }: PlannedPhase): Pick<TrainingPhase, 'estimator' | 'rate' | 'batch'> {
  return { estimator, rate: typeof rate === 'number' ? rate : rate.to, batch };
}

function check({ rate, batch, epochs, every, measureEvery }: Required<TrainingPhase>, number: number): void {
  const where = number === 0 ? '' : ` of phase ${number + 1}`;
  checkSchedule(rate, `learning rate${where}`);
  for (const [name, value] of Object.entries({ batch, every, measureEvery })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RbmError('ARGUMENT_INVALID', `"${name}"${where} must be a positive whole number, not ${value}.`);
  }
  if (epochs > 0 && Number.isFinite(epochs)) return;
  throw new RbmError('ARGUMENT_INVALID', `"epochs"${where} must be a positive number, not ${epochs}.`);
}
