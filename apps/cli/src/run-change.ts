import type { TrainArguments } from './commands/train.js';
import { changeableRules } from './optimizer-options.js';
import { type PhaseArguments, withPhaseOptions } from './phase-options.js';
import { UsageError } from './usage-error.js';

/** Options of a run that were changed when it was resumed. */
export interface RunChange {
  /** When, as in `started`. */
  readonly at: string;
  /** Updates and epochs done before. */
  readonly step: number;
  readonly epoch: number;
  /** The changed options by name, before and after; null for one that is not set. */
  readonly options: Readonly<Record<string, readonly [before: unknown, now: unknown]>>;
}

/** Options of a phase that may change while it lasts. */
const ofPhase = ['epochs', 'lr', 'lr-end', 'batch', 'average'] as const;
/** Options of a whole run that may change while it lasts. */
const ofWork = ['monitor', 'sample-sweeps', 'checkpoint-every', 'backend', 'threads'] as const;
type OfRun = (typeof changeableRules)[number] | (typeof ofWork)[number];
const ofRun: readonly OfRun[] = [...changeableRules, ...ofWork];
/** The options of `rbm train` that `rbm resume` takes. */
export const changeableOptions: readonly string[] = [...ofPhase, ...ofRun, 'phase'];

/** The options that `rbm resume` takes, as given. */
export type ChangeableArguments = {
  readonly [Name in (typeof ofPhase)[number] | OfRun | 'phase']?: TrainArguments[Name];
};

/** Where a run is, if it has a checkpoint. */
export interface RunPosition {
  /** The phase at work, from 0. */
  readonly phase: number;
  /** Its chains, if it has any. */
  readonly chains: number | undefined;
}

/**
 * The options of a run with those that are given when it is resumed. `epochs`, `lr`, `lr-end`, `batch` and `average` are those of the
 * phase at work; `phase` is appended.
 *
 * @throws UsageError for a given option that may not change and does, naming both values
 */
export function changeOptions(
  before: TrainArguments,
  given: ChangeableArguments & Readonly<Record<string, unknown>>,
  { phase, chains }: RunPosition,
): TrainArguments {
  refuseFixed(before, given);
  const { backend, threads } = given;
  const { threads: threadsBefore, ...settings } = before;
  const keepsThreads = threads === undefined && (backend === undefined || backend === before.backend);
  const args: TrainArguments = {
    ...settings,
    ...(keepsThreads && threadsBefore !== undefined ? { threads: threadsBefore } : {}),
    ...pick(given, ofRun),
    phase: [...before.phase, ...(given.phase ?? [])],
  };
  const changed: Partial<PhaseArguments> = pick(given, ofPhase);
  // As many chains as samples in a batch: another batch must not change their number.
  if (changed.batch !== undefined && args.chains === undefined && chains !== undefined) args.chains = chains;
  if (phase === 0) return { ...args, ...changed };
  args.phase[phase - 1] = withPhaseOptions(args.phase[phase - 1] as string, changed);
  return args;
}

/** The options in which two runs differ. */
export function compareOptions(before: object, now: object): RunChange['options'] {
  const names = [...changeableOptions, 'chains'];
  const [from, to] = [before, now] as [Record<string, unknown>, Record<string, unknown>];
  const pairs = names.map((name) => [name, [from[name] ?? null, to[name] ?? null] as const] as const);
  return Object.fromEntries(pairs.filter(([, [was, is]]) => JSON.stringify(was) !== JSON.stringify(is)));
}

/** `epochs 10 → 20, lr 0.05 → 0.01`. */
export function describeOptions(options: RunChange['options']): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));
  return Object.entries(options)
    .map(([name, [before, now]]) => `${name} ${text(before)} → ${text(now)}`)
    .join(', ');
}

/** Whether a value of a file is a change. */
export function isChange(value: unknown): value is RunChange {
  if (typeof value !== 'object' || value === null) return false;
  const { at, step, epoch, options } = value as Partial<Record<keyof RunChange, unknown>>;
  return (
    typeof at === 'string' &&
    Number.isFinite(step) &&
    Number.isFinite(epoch) &&
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((pair) => Array.isArray(pair) && pair.length === 2)
  );
}

function refuseFixed(before: object, given: Readonly<Record<string, unknown>>): void {
  for (const [name, now] of Object.entries(given)) {
    if (now === undefined || changeableOptions.includes(name)) continue;
    const was = (before as Record<string, unknown>)[name];
    if (JSON.stringify(was) === JSON.stringify(now)) continue;
    throw new UsageError(
      `--${name} was ${was === undefined ? 'not set' : String(was)} and cannot become ${String(now)} while a training goes on. ` +
        'Start a new one with rbm train.',
    );
  }
}

function pick<Name extends string>(
  from: { readonly [Key in Name]?: unknown },
  names: readonly Name[],
): { [Key in Name]?: never } {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as never;
}
