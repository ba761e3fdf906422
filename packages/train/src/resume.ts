import { RbmError } from '@rbm/core';
import type { PhaseDescription, TrainingDescription, TrainingSnapshot } from '@rbm/core/contracts';
import { type PlannedPhase, planPhases } from './phase.js';
import type { TrainOptions } from './train.js';
import { checkTrainArguments, snapshotKind } from './train-arguments.js';
import { withOpenData } from './training-data.js';
import { describeTraining } from './training-description.js';

/** Something that a resumed training does otherwise than the one whose snapshot it goes on from. */
export interface ResumeChange {
  /** `epochs`, `learning rate`, `batch`, `average`, …; `phase 2: batch` where there are several phases. */
  readonly name: string;
  readonly before: string;
  readonly now: string;
  /** What it means for the rest of the training; may be empty. */
  readonly effect: string;
}

/**
 * What is different in a training that goes on from a snapshot. These may change: how long the phase of the snapshot lasts, its
 * learning rate, batch and average; later phases; the settings of the optimizer; the backend; with `acceptOtherData` the data. The model,
 * the estimator and its chains, the kind of optimizer and the generator may not, nor phases that are over.
 *
 * A changed option counts for the rest of the training. Samples are seen in one long order, permutation after permutation: a batch of
 * another size takes the next samples of it. A learning rate that moves is at each step where it would be had the phase been as
 * long, and the rate as given, from its start.
 *
 * @returns An empty list where the training goes on to the same bits as without an interruption.
 * @throws RbmError `RUN_CHANGED` for what may not change, naming both values; `ARGUMENT_INVALID` for a snapshot of another version, fewer
 * epochs than were done, or as `train`; `SHAPE_MISMATCH` for arrays that do not fit the model.
 */
export function resumeChanges(options: TrainOptions & { readonly resume: TrainingSnapshot }): readonly ResumeChange[] {
  checkTrainArguments('resumeChanges', options, snapshotKind);
  const phases = planPhases(options, options.data.count, options.resume);
  return checkSnapshot(options, phases, describeTraining(withOpenData(options), phases));
}

/** As `resumeChanges`, for a training that is planned and described. */
export function checkSnapshot(
  { resume, acceptOtherData = false }: Pick<TrainOptions, 'acceptOtherData'> & { readonly resume: TrainingSnapshot },
  phases: readonly PlannedPhase[],
  now: TrainingDescription,
): readonly ResumeChange[] {
  if (resume.version !== 1) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The snapshot is of version ${resume.version}; this @rbm/train reads version 1.`,
    );
  }
  const { training: before } = resume;
  refuse(findDifference('model', before.model, now.model));
  refuse(findDifference('optimizer', before.optimizer.kind, now.optimizer.kind));
  refuse(findDifference('optimizer.slots', before.optimizer.slots, now.optimizer.slots));
  refuse(findDifference('random.key', before.key, now.key), 'Give the seed that the training was started with.');
  const data = findDifference('data', before.data, now.data);
  if (!acceptOtherData) refuse(data, 'Restore the data, or set acceptOtherData.');
  const changes = data ? [{ ...data, effect: 'the rest is trained on other data' }] : [];
  changes.push(...comparePhases(resume, before.phases, now.phases));
  for (const name of new Set([...Object.keys(before.optimizer.settings), ...Object.keys(now.optimizer.settings)])) {
    const change = findDifference(name, before.optimizer.settings[name], now.optimizer.settings[name]);
    if (change) changes.push({ ...change, effect: 'from the next update on' });
  }
  const backend = findDifference('backend', before.backend, now.backend);
  if (backend) changes.push({ ...backend, effect: 'the result is the same up to rounding, not to the last bit' });
  checkArrays(resume, now);
  checkRest(resume, phases, before, now);
  return changes;
}

/** @throws RbmError `RUN_CHANGED` for a phase that is over or an estimator at work that is another. */
function comparePhases(
  { phase: { number } }: TrainingSnapshot,
  before: readonly PhaseDescription[],
  now: readonly PhaseDescription[],
): ResumeChange[] {
  const several = Math.max(before.length, now.length) > 1;
  const label = (n: number): string => (several ? `phase ${n + 1}: ` : '');
  for (let n = 0; n < number; n++) {
    refuse(findDifference(`phase ${n + 1}`, before[n], now[n]), 'That phase is over.');
  }
  const [was, is] = [before[number] as PhaseDescription, now[number]];
  if (!is) refuse(findDifference('number of phases', before.length, now.length), `Phase ${number + 1} is under way.`);
  const at = is as PhaseDescription;
  refuse(findDifference(`${label(number)}estimator`, was.estimator, at.estimator));
  const settings = findDifference(`${label(number)}estimator.settings`, was.settings, at.settings);
  refuse(settings, settings?.name.endsWith('.chains') ? `Give the estimator ${settings.before} chains.` : undefined);
  refuse(findDifference(`${label(number)}start of the estimator`, was.goesOn, at.goesOn));
  const changes: ResumeChange[] = [];
  const compare = (name: string, from: unknown, to: unknown, effect: string): void => {
    const change = findDifference(name, from, to, 'whole');
    if (change) changes.push({ ...change, effect });
  };
  const { rate } = at;
  const moves =
    typeof rate === 'number' ? '' : `the learning rate moves from ${rate.from} to ${rate.to} over all ${at.epochs}`;
  compare(`${label(number)}epochs`, was.epochs, at.epochs, moves);
  compare(`${label(number)}learning rate`, was.rate, at.rate, 'from the next update on');
  compare(`${label(number)}batch`, was.batch, at.batch, 'the order of the samples goes on where it was');
  compare(`${label(number)}average`, was.average, at.average, 'over the rest of the phase');
  for (let n = number + 1; n < Math.max(before.length, now.length); n++)
    compare(`phase ${n + 1}`, before[n], now[n], '');
  return changes;
}

/** @throws RbmError `SHAPE_MISMATCH` */
function checkArrays(
  { parameters, optimizer, average }: TrainingSnapshot,
  { model, optimizer: { slots } }: TrainingDescription,
): void {
  const length = model.arrays.reduce(
    (sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1),
    0,
  );
  const arrays = [parameters, ...slots.map((name) => optimizer[name]), ...(average ? [average.sum] : [])];
  for (const array of arrays) {
    if (array?.length === length) continue;
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The arrays of a snapshot of this training have ${length} numbers, not ${array?.length ?? 'none'}.`,
    );
  }
}

/** @throws RbmError `ARGUMENT_INVALID` for a phase that would have to end before where it is. */
function checkRest(
  { phase: { number, seen }, average }: TrainingSnapshot,
  phases: readonly PlannedPhase[],
  before: TrainingDescription,
  now: TrainingDescription,
): void {
  const { epochs, start, done, end, average: averages } = phases[number] as PlannedPhase;
  const was = before.phases[number] as PhaseDescription;
  const { count } = now.data;
  const isShorter = epochs < was.epochs && epochs * count < seen;
  // The average is taken at the last step.
  const losesAverage = average !== undefined && averages && start + done.steps === end;
  if (!isShorter && !losesAverage) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `The phase was to have ${was.epochs} epochs and is to have ${epochs}, but ${(seen / count).toPrecision(4)} are done. Set epochs to more.`,
  );
}

/** Two values that differ, as text. */
type Difference = Omit<ResumeChange, 'effect'>;

/**
 * The first place where two plain values differ.
 *
 * @param as Whether the values themselves are compared part by part.
 */
function findDifference(
  name: string,
  before: unknown,
  now: unknown,
  as: 'parts' | 'whole' = 'parts',
): Difference | undefined {
  const [from, to] = [JSON.stringify(before), JSON.stringify(now)];
  if (from === to) return undefined;
  if (as === 'parts' && isObject(before) && isObject(now) && Array.isArray(before) === Array.isArray(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const path = Array.isArray(before) ? `${name}[${key}]` : `${name}.${key}`;
      const difference = findDifference(path, before[key], now[key]);
      if (difference) return difference;
    }
    // Only the keys are in another order.
    return undefined;
  }
  return { name, before: shorten(from ?? 'none'), now: shorten(to ?? 'none') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function refuse(difference: Difference | undefined, fix = 'For that, start a new training.'): void {
  if (!difference) return;
  const { name, before, now } = difference;
  throw new RbmError('RUN_CHANGED', `The training cannot go on: ${name} was ${before} and is ${now}. ${fix}`);
}
