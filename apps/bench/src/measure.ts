import { cpus } from 'node:os';
import { quantile } from './statistics.js';
import type { Contestant, Timing } from './workload.js';

/** How long one measurement should take, in milliseconds. */
const DURATION = 200;

/** Measurements of several sides by name, in the order of the repetitions. */
export type Measurements = ReadonlyMap<string, readonly Timing[]>;

/** What measuring in turn came to. */
export interface Measured {
  readonly measurements: Measurements;
  /** Cores that other programs used meanwhile, on average; NaN where that cannot be told. */
  readonly foreignCores: number;
}

/** Other programs may use so much of a core before a machine counts as busy. */
export const QUIET = 0.15;

/** How many rounds are tried at most for each that is wanted. */
const PATIENCE = 3;

interface Round {
  readonly timings: readonly Timing[];
  readonly foreignCores: number;
}

/**
 * Measures all sides in turn, round after round, so that what the machine does besides hits all alike. Each measurement takes
 * as many steps as fill a fixed time. While the machine is busy there are more rounds, and the quietest are kept: which
 * ones is decided by what other programs used, and not by who was how fast.
 *
 * @param busyTime Processor time that all programs of the machine have used, in milliseconds.
 */
export async function measureInTurn(
  contestants: readonly Contestant[],
  repetitions: number,
  busyTime: () => number = machineBusyTime,
): Promise<Measured> {
  const steps = await stepsOf(contestants);
  const rounds: Round[] = [];
  const busy = ({ foreignCores }: Round): boolean => foreignCores > QUIET; // Not where it cannot be told.
  while (rounds.filter((round) => !busy(round)).length < repetitions && rounds.length < PATIENCE * repetitions) {
    rounds.push(await measureRound(contestants, steps, busyTime));
  }
  const quietest = [...rounds].sort((a, b) => excess(a) - excess(b)).slice(0, repetitions);
  const kept = rounds.filter((round) => quietest.includes(round));
  return {
    measurements: new Map(contestants.map(({ name }, c) => [name, kept.map(({ timings }) => timings[c] as Timing)])),
    foreignCores: mean(kept.map(({ foreignCores }) => foreignCores)),
  };
}

async function measureRound(
  contestants: readonly Contestant[],
  steps: readonly number[],
  busyTime: () => number,
): Promise<Round> {
  const timings: Timing[] = [];
  const foreign: number[] = [];
  for (const [c, contestant] of contestants.entries()) {
    const count = steps[c] as number;
    const before = busyTime();
    const from = performance.now();
    const timing = await contestant.run(count);
    const used = busyTime() - before;
    timings.push(timing);
    if (Number.isFinite(timing.processor)) {
      foreign.push((used - timing.processor * count) / (performance.now() - from));
    }
  }
  return { timings, foreignCores: mean(foreign) };
}

/** What a quiet machine may do makes no difference. */
function excess({ foreignCores }: Round): number {
  return foreignCores > QUIET ? foreignCores : 0;
}

function machineBusyTime(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How many steps of each side fill the time of a measurement. */
async function stepsOf(contestants: readonly Contestant[]): Promise<number[]> {
  const steps: number[] = [];
  for (const contestant of contestants) {
    const { wall: first } = await contestant.run(2); // Caches, pages, compilers.
    const { wall: second } = await contestant.run(Math.max(2, Math.min(20, Math.round(DURATION / 2 / first))));
    steps.push(Math.max(2, Math.round(DURATION / second)));
  }
  return steps;
}

/** One side's times of one kind. */
export interface Side {
  readonly name: string;
  readonly samples: readonly number[];
}

/** The side with the least median among those whose name passes. */
export function fastest(
  measured: Measurements,
  clock: keyof Timing,
  among: (name: string) => boolean,
): Side | undefined {
  const candidates = [...measured]
    .filter(([name]) => among(name))
    .map(([name, timings]) => ({ name, samples: timings.map((timing) => timing[clock]) }));
  return candidates.sort((a, b) => quantile(a.samples, 0.5) - quantile(b.samples, 0.5))[0];
}
