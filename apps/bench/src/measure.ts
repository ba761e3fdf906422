import { quantile } from './statistics.js';
import type { Contestant, Timing } from './workload.js';

/** How long one measurement should take, in milliseconds. */
const DURATION = 200;

/** Measurements of several sides by name, in the order of the repetitions. */
export type Measurements = ReadonlyMap<string, readonly Timing[]>;

/**
 * Measures all sides in turn, again and again, so that what the machine does besides hits all alike. Each measurement
 * takes as many steps as fill a fixed time.
 */
export async function measureInTurn(contestants: readonly Contestant[], repetitions: number): Promise<Measurements> {
  const measured = new Map<string, Timing[]>();
  const steps = new Map<string, number>();
  for (const contestant of contestants) {
    const { wall: first } = await contestant.run(2); // Caches, pages, compilers.
    const { wall: second } = await contestant.run(Math.max(2, Math.min(20, Math.round(DURATION / 2 / first))));
    steps.set(contestant.name, Math.max(2, Math.round(DURATION / second)));
    measured.set(contestant.name, []);
  }
  for (let n = 0; n < repetitions; n++) {
    for (const contestant of contestants) {
      measured.get(contestant.name)?.push(await contestant.run(steps.get(contestant.name) as number));
    }
  }
  return measured;
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
