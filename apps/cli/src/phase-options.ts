import { readNumber } from './numbers.js';
import { UsageError } from './usage-error.js';

/** The options that may differ from one phase of a training to the next. */
export interface PhaseArguments {
  estimator: string;
  sampler: string;
  k: number;
  chains?: number;
  ladder?: string;
  start?: 'model' | 'data';
  epochs: number;
  batch: number;
  lr: number;
  'lr-end'?: number;
  average: boolean;
}

/** Numbers a phase may name; the rest are words. */
const numbers = ['k', 'chains', 'epochs', 'batch', 'lr', 'lr-end'] as const;
const words = ['estimator', 'sampler', 'ladder', 'start'] as const;
/** What makes an estimator: a phase that names one of these starts a new one. */
const ofEstimator = ['estimator', 'sampler', 'k', 'chains', 'ladder', 'start'] as const;

/** Estimators that keep no chains, and those that make no sweeps. */
export const withoutChains: readonly string[] = ['cd', 'exact', 'pseudo-likelihood'];
export const withoutSweeps: readonly string[] = ['exact', 'pseudo-likelihood'];

/** Rungs of a ladder that is not given. */
const DEFAULT_RUNGS = 24;

/** A later phase: all its options, and whether it starts a new estimator. */
export interface LaterPhase {
  readonly args: PhaseArguments;
  readonly startsAnew: boolean;
}

/**
 * Reads `--phase epochs=5,lr=0.02,batch=500,average`: what is left out is as in the phase before, but for `lr-end`, `start` and
 * `average`.
 *
 * @throws UsageError
 */
export function parsePhases(phases: readonly string[], first: PhaseArguments): readonly LaterPhase[] {
  let before = first;
  return phases.map((text, n) => {
    const given = parsePhase(text, n + 2);
    // As many chains as samples in a batch: another batch needs others.
    const rebatched = given.batch !== undefined && given.batch !== before.batch && before.chains === undefined;
    const startsAnew = rebatched || ofEstimator.some((name) => given[name] !== undefined);
    const { 'lr-end': ended, start: _, average: __, ...likeBefore } = before;
    const kept = withoutForeign(likeBefore, given.estimator ?? before.estimator);
    const args: PhaseArguments = {
      ...kept,
      ...(ended === undefined ? {} : { lr: ended }),
      average: false,
      ...(startsAnew && hasChains(given.estimator ?? before.estimator) ? { start: 'data' as const } : {}),
      ...given,
    };
    before = args;
    return { args, startsAnew };
  });
}

/** What a phase keeps from the one before, less what its estimator does not take. */
function withoutForeign<T extends Pick<PhaseArguments, 'chains' | 'k'>>(before: T, estimator: string): T {
  if (!withoutChains.includes(estimator)) return before;
  const { chains: _, ...kept } = before;
  return (withoutSweeps.includes(estimator) ? { ...kept, k: 1 } : kept) as T;
}

/** A phase as `--phase` describes it, with some of its options replaced. */
export function withPhaseOptions(text: string, changed: Partial<PhaseArguments>): string {
  const names = Object.keys(changed);
  const kept = text.split(',').filter((part) => !names.includes(part.split('=')[0] as string));
  const added = Object.entries(changed).flatMap(([name, value]) => {
    if (name !== 'average') return [`${name}=${value}`];
    return value ? [name] : [];
  });
  return [...kept, ...added].join(',');
}

function hasChains(estimator: string): boolean {
  return estimator === 'pcd' || estimator === 'tempered';
}

function parsePhase(text: string, number: number): Partial<PhaseArguments> & Pick<PhaseArguments, 'epochs'> {
  const entries: Record<string, unknown> = {};
  for (const part of text.split(',')) {
    const [name = '', value, ...more] = part.split('=');
    if (name in entries) throw refusal(number, `${name} is named twice`);
    if (name === 'average' && (value === undefined || value === 'true')) entries[name] = true;
    else if (value === undefined || value === '' || more.length > 0)
      throw refusal(number, `"${part}" is not NAME=VALUE`);
    else if ((numbers as readonly string[]).includes(name)) entries[name] = toNumber(value, name, number);
    else if ((words as readonly string[]).includes(name)) entries[name] = value;
    else throw refusal(number, `"${name}" is unknown; expected ${[...numbers, ...words].join(', ')} or average`);
  }
  if (entries.epochs === undefined) throw refusal(number, 'epochs are missing');
  return entries as Partial<PhaseArguments> & Pick<PhaseArguments, 'epochs'>;
}

function toNumber(value: string, name: string, phase: number): number {
  return readNumber(value, `--phase (phase ${phase}): ${name}`);
}

function refusal(number: number, what: string): UsageError {
  return new UsageError(`--phase (phase ${number}): ${what}. Example: --phase epochs=5,lr=0.02,batch=500,average`);
}

/**
 * Reads `--ladder`: a number of rungs, or inverse temperatures separated by colons: `0.75:0.85:0.93:1`.
 *
 * @throws UsageError
 */
export function parseLadder(text: string | undefined): number | readonly number[] | undefined {
  if (text === undefined) return undefined;
  const expected = `--ladder is ${text}; expected a number of rungs or inverse temperatures like 0:0.5:0.8:1.`;
  const list = text.split(':').map((part) => {
    if (!/^[0-9.]/.test(part)) throw new UsageError(expected);
    return readNumber(part, `--ladder is ${text}: one of its numbers`);
  });
  return list.length === 1 ? (list[0] as number) : list;
}

/** Rungs of a ladder as `parseLadder` gives it. */
export function rungsOf(ladder: number | readonly number[] | undefined): number {
  return typeof ladder === 'object' ? ladder.length : (ladder ?? DEFAULT_RUNGS);
}
