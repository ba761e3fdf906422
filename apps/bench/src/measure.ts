import type { Contestant } from './workload.js';

/** How long one measurement should take, in milliseconds. */
const DURATION = 200;

/** Measurements of several sides by name, milliseconds a step, in the order of the repetitions. */
export type Measurements = ReadonlyMap<string, readonly number[]>;

/**
 * Measures all sides in turn, again and again, so that what the machine does besides hits all alike. Each measurement
 * takes as many steps as fill a fixed time.
 */
export async function measureInTurn(contestants: readonly Contestant[], repetitions: number): Promise<Measurements> {
  const measured = new Map<string, number[]>();
  const steps = new Map<string, number>();
  for (const contestant of contestants) {
    const first = await contestant.run(2); // Caches, pages, compilers.
    const second = await contestant.run(Math.max(2, Math.min(20, Math.round(DURATION / 2 / first))));
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

/** The side with the least median among those whose name passes. */
export function fastest(
  measured: Measurements,
  median: (samples: readonly number[]) => number,
  among: (name: string) => boolean,
): { readonly name: string; readonly samples: readonly number[] } | undefined {
  const candidates = [...measured].filter(([name]) => among(name)).map(([name, samples]) => ({ name, samples }));
  return candidates.sort((a, b) => median(a.samples) - median(b.samples))[0];
}
