import { quantile } from './statistics.js';
import type { Contestant, Timing } from './workload.js';

/** How long one measurement should take, in milliseconds. */
const DURATION = 200;

/** Measurements of several sides by name, in the order of the repetitions. */
export type Measurements = ReadonlyMap<string, readonly Timing[]>;

/** A side with one thread that gets less of a core than this shares it with something else. */
export const QUIET = 0.9;

/** How many rounds are tried at most for each that is wanted. */
const PATIENCE = 3;

/**
 * Measures all sides in turn, round after round, so that what the machine does besides hits all alike. Each measurement takes
 * as many steps as fill a fixed time. While the machine is busy there are more rounds, and the quietest are kept: which
 * ones is decided by the share of a core that sides with one thread got, and not by who was how fast.
 */
export async function measureInTurn(contestants: readonly Contestant[], repetitions: number): Promise<Measurements> {
  const steps = await stepsOf(contestants);
  const rounds: (readonly Timing[])[] = [];
  const quiet = (): number => rounds.filter((round) => !(shareOf(contestants, round) < QUIET)).length;
  while (quiet() < repetitions && rounds.length < PATIENCE * repetitions) {
    const round: Timing[] = [];
    for (const [c, contestant] of contestants.entries()) round.push(await contestant.run(steps[c] as number));
    rounds.push(round);
  }
  const kept = rounds
    .map((round, n) => ({ round, n, share: Math.min(shareOf(contestants, round), QUIET) }))
    .sort((a, b) => (b.share || 0) - (a.share || 0))
    .slice(0, repetitions)
    .sort((a, b) => a.n - b.n);
  return new Map(contestants.map(({ name }, c) => [name, kept.map(({ round }) => round[c] as Timing)]));
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

/** Which share of a core the sides with one thread got in a round, at the median; NaN without such sides. */
function shareOf(contestants: readonly Contestant[], round: readonly Timing[]): number {
  return undisturbed(new Map(contestants.map(({ name }, c) => [name, [round[c] as Timing]])));
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

/**
 * Which share of a processor the sides with one thread got, at the median: less than 1 where something else ran, and then
 * times by the clock say little.
 */
export function undisturbed(measured: Measurements): number {
  const shares = [...measured].flatMap(([name, timings]) =>
    name.endsWith(', 1 thread') ? timings.map(({ wall, processor }) => processor / wall) : [],
  );
  return quantile(shares, 0.5);
}
