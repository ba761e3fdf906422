import type { WasmBuffer } from './buffer.js';
import type { Command } from './engine.js';
import type { Workspace } from './workspace.js';

/** The commands that an operation became when it was called with some operands. */
export interface Plan {
  readonly operands: readonly unknown[];
  /** All buffers that the commands touch. */
  readonly buffers: readonly WasmBuffer[];
  readonly commands: readonly Command[];
}

/** Enough for the operations of a step of training. */
const MOST = 32;

/**
 * The operations of a program that were called last. A step of training makes the same calls on the same buffers as the one
 * before; what was checked and planned then holds as long as the buffers live and working memory stays where it is.
 */
export class Plans {
  readonly #workspace: Workspace;
  readonly #plans: Plan[] = [];
  #moves = 0;
  /** Where to look first: steps repeat themselves in order. */
  #next = 0;

  constructor(workspace: Workspace) {
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
  keep(plan: Plan): void {
    this.#forgetMoved();
    if (this.#plans.length === MOST) this.#plans.length = 0;
    this.#plans.push(plan);
    this.#next = 0;
  }

  /** Forgets everything when working memory has moved. */
  #forgetMoved(): void {
    if (this.#moves === this.#workspace.moves) return;
    this.#moves = this.#workspace.moves;
    this.#plans.length = 0;
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}
