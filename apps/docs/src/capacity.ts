import { generator, spin } from '@rbm/core';
import { hebb, overlap, pseudoInverse, recall, type StorageRule, store, storkey } from '@rbm/hopfield';

/** How well a network remembers at one load. */
export interface CapacityPoint {
  readonly rule: string;
  /** Patterns a unit. */
  readonly load: number;
  /** Mean overlap with the patterns that recall started from. */
  readonly overlap: number;
}

/** Patterns of a network that recall starts from. */
const RECALLED = 10;

/** The overlap of one network of `units` spins at one load. */
export async function remembered(rule: StorageRule, units: number, load: number, seed: number): Promise<number> {
  const draws = generator(seed);
  const count = Math.round(load * units);
  const values = Float64Array.from({ length: count * units }, (_, i) => 2 * draws.bernoulli(0.5, 0, i, 0, 0) - 1);
  const model = store({ visible: spin(units), patterns: { values, count, width: units }, rule });
  const some = values.subarray(0, Math.min(RECALLED, count) * units);
  const { states } = await recall(model, some, { random: generator(seed) });
  const overlaps = overlap(states, some, units);
  return overlaps.reduce((sum, m) => sum + m, 0) / overlaps.length;
}

/** Overlap against load: Hebb's rule with 1,000 spins, the others, which cost more, with 300. */
export async function capacityCurves(): Promise<CapacityPoint[]> {
  const points: CapacityPoint[] = [];
  const curves: [string, StorageRule, number, number[]][] = [
    ['Hebb', hebb, 1000, [0.02, 0.06, 0.1, 0.12, 0.13, 0.14, 0.15, 0.16, 0.18, 0.2, 0.25, 0.3]],
    ['Storkey', storkey, 300, [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]],
    ['pseudo-inverse', pseudoInverse, 300, [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
  ];
  for (const [name, rule, units, loads] of curves) {
    for (const load of loads) points.push({ rule: name, load, overlap: await remembered(rule, units, load, 8) });
  }
  return points;
}
