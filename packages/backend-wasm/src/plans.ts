import type { WasmBuffer } from './buffer.js';
import type { Command, Engine } from './engine.js';
import type { Workspace } from './workspace.js';
import type { WrittenCommands } from './written-commands.js';

/** Commands to be enqueued again. */
export interface Recorded {
  readonly commands: readonly Command[];
  /** The same, written in memory, if the engine can do them there. */
  readonly written?: WrittenCommands | undefined;
}

/** What an operation became when it was called with some operands. */
export interface Plan extends Recorded {
  readonly operands: readonly unknown[];
  /** All buffers that the commands touch. */
  readonly buffers: readonly WasmBuffer[];
}

/** Enough for the operations of a step of training. */
const MOST = 32;

/**
 * The operations of a program that were called last. A step of training makes the same calls on the same buffers as the one
 * before; what was checked and planned then holds as long as the buffers live and working memory stays where it is.
 */
export class Plans {
  readonly #engine: Engine;
  readonly #workspace: Workspace;
  #plans: Plan[] = [];
  #moves = 0;
  /** Where to look first: steps repeat themselves in order. */
  #next = 0;

  constructor(engine: Engine, workspace: Workspace) {
    this.#engine = engine;
    this.#workspace = workspace;
  }

  /** The plan for the same operands, compared one by one, or `undefined`: then all must be checked. */
  find(operands: readonly unknown[]): Plan | undefined {
    this.#forgetMoved();
    const count = this.#plans.length;
    for (let n = 0; n < count; n++) {
      const index = (this.#next + n) % count;
      const plan = this.#plans[index] as Plan;
      if (!same(plan.operands, operands)) continue;
      for (const buffer of plan.buffers) if (buffer.disposed) return undefined;
      this.#next = index + 1;
      return plan;
    }
    return undefined;
  }

  /** Keeps what `operands` became, for the next time. */
  keep(plan: Omit<Plan, 'written'>): void {
    this.#forgetMoved();
    if (this.#plans.length === MOST) this.forget();
    this.#plans.push({ ...plan, written: this.#engine.write(plan.commands) });
    this.#next = 0;
  }

  /** Forgets everything, and gives back its memory. */
  forget(): void {
    for (const { written } of this.#plans) if (written) this.#engine.release(written.block);
    this.#plans = [];
  }

  /** Forgets everything when working memory has moved. */
  #forgetMoved(): void {
    if (this.#moves === this.#workspace.moves) return;
    this.#moves = this.#workspace.moves;
    this.forget();
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}
