import type { Backend, Optimizer } from '@rbm/core/contracts';
import { adam, adamW, rmsProp, sgd } from '@rbm/train';
import { caseWorkload } from './case-workload.js';
import { type Case, cases } from './cases.js';
import { processorTime } from './compare.js';
import type { TrainedMachine } from './machines.js';
import { measureInTurn } from './measure.js';
import { contestant } from './rbm-backend.js';
import { ratio, type Summary, summarise } from './statistics.js';

import type { Contestant, Timing } from './workload.js';

/** A CD-1 step by an optimizer, beside one by plain gradient descent. */
export interface OptimizerCost {
  readonly name: string;
  /** Milliseconds of a step. */
  readonly wall: Summary;
  /** How many times as long a step takes as one of `sgd`, by the clock and in processor time. */
  readonly ratio: Summary;
  readonly processorRatio: Summary;
}

/** So many times as long as a step of `sgd` may one of Adam take. */
export const ADAM_GOAL = 1.25;

const plain = 'sgd';
/** Steps of adaptive optimizers are as long as their rate: small, so that all work on the same densities. */
const RATE = 1e-6;

const optimizers: readonly (readonly [name: string, optimizer: Optimizer])[] = [
  [plain, sgd()],
  ['sgd, momentum', sgd({ momentum: 0.5 })],
  ['sgd, L2', sgd({ penalties: { l2: 1e-4 } })],
  ['sgd, group', sgd({ penalties: { group: 1e-4 } })],
  ['sgd, clipped norm', sgd({ clip: { norm: 1 } })],
  ['RMSProp', rmsProp()],
  ['Adam', adam()],
  ['AdamW', adamW()],
  ['Adam, L1, group, clipped norm', adam({ penalties: { l1: 1e-4, group: 1e-4 }, clip: { norm: 1 } })],
];

/** Measures steps of the first case by each optimizer in turn. */
export async function measureOptimizers(
  backend: Backend,
  machine: TrainedMachine,
  repetitions: number,
): Promise<OptimizerCost[]> {
  const workload = caseWorkload(cases[0] as Case, machine);
  const sides: Contestant[] = [];
  try {
    for (const [name, optimizer] of optimizers) {
      const settings = { ...workload.settings, rate: RATE };
      sides.push(await contestant(name, backend, { ...workload, settings }, processorTime, optimizer));
    }
    const { measurements } = await measureInTurn(sides, repetitions);
    const of = (name: string, clock: keyof Timing): number[] =>
      (measurements.get(name) ?? []).map((timing) => timing[clock]);
    return optimizers.map(([name]) => ({
      name,
      wall: summarise(of(name, 'wall')),
      ratio: ratio(of(name, 'wall'), of(plain, 'wall')),
      processorRatio: ratio(of(name, 'processor'), of(plain, 'processor')),
    }));
  } finally {
    for (const side of sides) await side.close();
  }
}
