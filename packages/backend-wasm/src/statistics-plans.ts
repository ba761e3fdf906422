import type { Buffer, StatisticsTerm } from '@rbm/core';
import type { Command } from './engine.js';

/** What statistics were asked for, and the commands that gave them. */
interface Plan {
  readonly terms: readonly StatisticsTerm[];
  readonly commands: readonly Command[];
}

/**
 * The commands of statistics, by the buffer they go to: training asks for the same ones at each step, of the same buffers,
 * and to work the commands out takes as long as to do those of a small model.
 */
export class StatisticsPlans {
  #plans: WeakMap<Buffer, Plan> = new WeakMap();

  /** The commands that gave these statistics the last time; buffers that were released are not found. */
  find(out: Buffer, terms: readonly StatisticsTerm[]): readonly Command[] | undefined {
    const plan = this.#plans.get(out);
    if (!plan || out.disposed || plan.terms.length !== terms.length) return undefined;
    for (let n = 0; n < terms.length; n++) {
      if (!isSame(plan.terms[n] as StatisticsTerm, terms[n] as StatisticsTerm)) return undefined;
    }
    return plan.commands;
  }

  keep(out: Buffer, terms: readonly StatisticsTerm[], commands: readonly Command[]): void {
    // The caller's arrays may change.
    const copies = terms.map((term) => ({ ...term, assignment: term.assignment.map((entry) => ({ ...entry })) }));
    this.#plans.set(out, { terms: copies, commands });
  }

  /** Forgets all: memory that commands name has moved. */
  clear(): void {
    this.#plans = new WeakMap();
  }
}

function isSame(known: StatisticsTerm, term: StatisticsTerm): boolean {
  if (known.scale !== term.scale || known.weights !== term.weights || term.weights?.disposed) return false;
  if (known.assignment.length !== term.assignment.length) return false;
  for (let l = 0; l < known.assignment.length; l++) {
    const [a, b] = [known.assignment[l], term.assignment[l]];
    if (!a || !b) return false;
    const held = 'values' in b ? b.values : b.inputs;
    if ('values' in a !== 'values' in b || ('values' in a ? a.values : a.inputs) !== held || held.disposed)
      return false;
  }
  return true;
}
