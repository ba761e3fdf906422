import { atTemperature, type EnergyModel, energy, generator, type Samples, spin } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { hebb, overlap, pseudoInverse, recall, type StorageRule, store, storkey } from '@rbm/hopfield';
import { gibbs, sample } from '@rbm/samplers';

/** Pixels on a side, and in all. */
export const SIDE = 8;
export const UNITS: number = SIDE * SIDE;

/** How patterns become couplings. */
export const rules: Readonly<Record<string, StorageRule>> = { hebb, storkey, 'pseudo-inverse': pseudoInverse };

const drawings: readonly (readonly string[])[] = [
  // biome-ignore format: pictures
  ['...##...', '...##...', '...##...', '########', '########', '...##...', '...##...', '...##...'],
  // biome-ignore format: pictures
  ['##....##', '###..###', '.######.', '..####..', '..####..', '.######.', '###..###', '##....##'],
  // biome-ignore format: pictures
  ['####....', '####....', '####....', '####....', '....####', '....####', '....####', '....####'],
];

/** Patterns to begin with: `[count, 64]`, −1 and 1. */
export const firstPatterns: readonly Float64Array[] = drawings.map((drawing) =>
  Float64Array.from(drawing.join(''), (pixel) => (pixel === '#' ? 1 : -1)),
);

/** Patterns whose pixels are fair coins. */
export function randomPatterns(count: number, seed: number): Float64Array[] {
  const random = generator(seed).fork('patterns');
  return Array.from({ length: count }, (_, n) =>
    Float64Array.from({ length: UNITS }, (__, i) => 2 * random.bernoulli(0.5, n, i, 0, 0) - 1),
  );
}

/** A network that remembers patterns. */
export function remember(patterns: readonly Float64Array[], rule: StorageRule): EnergyModel {
  return store({ visible: spin(UNITS), patterns: asSamples(patterns), rule });
}

/** A state some of whose pixels are turned over, each with a probability. */
export function corrupt(state: Float64Array, share: number, seed: number): Float64Array {
  const random = generator(seed).fork('damage');
  return state.map((x, i) => (random.bernoulli(share, 0, i, 0, 0) ? -x : x));
}

/** The overlap of a state with each pattern: 1 for the pattern itself, −1 for its negative. */
export function overlaps(state: Float64Array, patterns: readonly Float64Array[]): number[] {
  return patterns.map((pattern) => overlap(state, pattern, UNITS)[0] as number);
}

/** Energy of a state. */
export function energyOf(model: EnergyModel, state: Float64Array): number {
  return energy(model, { visible: state })[0] as number;
}

/**
 * One sweep: at temperature 0 every unit in turn takes the state of lower energy, above it each is drawn given the others.
 *
 * @returns The next state, and whether nothing can change any more.
 */
export async function sweep(
  model: EnergyModel,
  backend: Backend,
  state: Float64Array,
  temperature: number,
  seed: number,
  step: number,
): Promise<{ state: Float64Array; still: boolean }> {
  const random = generator(seed).fork(step);
  if (temperature === 0) {
    const { states, converged } = await recall(model, state, { random, sweeps: 1 });
    return { state: states, still: converged[0] === 1 };
  }
  const { values } = await sample({
    model: atTemperature(model, temperature),
    backend,
    sampler: gibbs(),
    random,
    count: 1,
    burnIn: 1,
    start: { visible: state },
  });
  return { state: values, still: false };
}

function asSamples(patterns: readonly Float64Array[]): Samples {
  const values = new Float64Array(patterns.length * UNITS);
  for (const [n, pattern] of patterns.entries()) values.set(pattern, n * UNITS);
  return { values, count: patterns.length, width: UNITS };
}
