import { piecesOf, sharesOf } from './cuts.js';
import type { Command, Group } from './engine.js';
import {
  CONSTANT_ENERGY,
  CUMULANTS,
  EXPECTED,
  PLAN,
  POTTS,
  PRODUCT_ENERGY,
  SAMPLE,
  SUM_ROWS,
  SUM_SCALED_ROWS,
  UPDATE_WEIGHTS,
  VALUE_ENERGY,
} from './opcodes.js';
import { CENTRES } from './update-operands.js';

/** Commands in a group at most. */
const LONGEST = 8;

/**
 * Holds commands back that the next one may join, and hands on groups. A group is either of small commands, done by one
 * thread, or of commands that are cut into shares alike, where a share of one needs no more of those before it than their
 * same share. A thread then does a share of all of them, and threads meet once instead of after each. What one command
 * leaves in the cache, the next one finds there.
 */
export class Grouper {
  readonly #threads: number;
  readonly #submit: (group: Group) => void;
  #group: Command[] = [];
  /** Whether all that is held back is small. */
  #small = true;
  /** Whether all that is held back is cut alike. */
  #alike = true;

  constructor(threads: number, submit: (group: Group) => void) {
    this.#threads = threads;
    this.#submit = submit;
  }

  add(command: Command): void {
    const isSmall = sharesOf(command, this.#threads) === 1;
    const fits = this.#fits(command);
    if (this.#group.length > 0) {
      const small = this.#small && isSmall;
      const alike = this.#alike && fits && joins(this.#group, command);
      if (this.#group.length < LONGEST && (small || alike)) {
        this.#group.push(command);
        this.#small = small;
        this.#alike = alike;
        return;
      }
      this.flush();
    }
    if (isSmall || fits) {
      this.#group.push(command);
      this.#small = isSmall;
      this.#alike = fits;
    } else this.#submit([command]);
  }

  /** Hands on what is held back. */
  flush(): void {
    if (this.#group.length === 0) return;
    const group = this.#group;
    this.#group = [];
    this.#submit(group);
  }

  /** Whether a command can be cut as a group is: into a share for each panel, of which none takes long. */
  #fits(command: Command): boolean {
    if (isEnergy(command)) return true;
    const panels = panelsOf(command);
    return panels > 0 && panels >= this.#threads && panels >= piecesOf(command);
  }
}

/** Whether a command can be done together with those of a group that it follows. */
export function joins(group: Group, command: Command): boolean {
  const last = group.at(-1) as Command;
  // Energies are cut by rows, of which each has an energy of its own.
  if (isEnergy(command)) return isEnergy(last) && rowsOfEnergy(last) === rowsOfEnergy(command);
  if (isEnergy(last) || panelsOf(last) !== panelsOf(command)) return false;
  const [operation] = command;
  // The others by panels. A layer is drawn from inputs that were just summed, unless it is one of those that sent them.
  if (operation === SAMPLE) {
    return inputsOf(last) === command[5] && last[2] === command[2] && last[1] !== command[10];
  }
  // The states just drawn are looked at; what the group has found out about others must not be overwritten before it is used.
  if (operation === PLAN) {
    const drawn = last[0] === SAMPLE && last[10] === command[1] && last[2] === command[2];
    return drawn && group.every((other) => other[0] !== SUM_ROWS || other[5] !== command[6]);
  }
  // Means of inputs that were just summed, and of other rows of the same units.
  if (operation === EXPECTED) {
    return last[0] === EXPECTED || (inputsOf(last) === command[5] && last[2] === command[2]);
  }
  // Weights change by statistics that were just summed, unless they need the gradient of the fields of all panels.
  const needsOthers = command[CENTRES] === 1;
  if (operation !== UPDATE_WEIGHTS || needsOthers) return false;
  return inputsOf(last) === command[2] && last[2] === 32 * (command[5] as number);
}

/** What a product is written to. */
function inputsOf(command: Command): number | undefined {
  if (command[0] === SUM_ROWS) return command[11];
  return command[0] === SUM_SCALED_ROWS ? command[7] : undefined;
}

/** How many panels a command works on one by one; 0 for all that are not listed. */
export function panelsOf(command: Command): number {
  switch (command[0]) {
    case SUM_ROWS:
      return command[10] as number;
    case SUM_SCALED_ROWS:
      return command[6] as number;
    case SAMPLE:
    case EXPECTED:
      // Units with categories are worked on row by row.
      return command[1] === POTTS ? 0 : Math.ceil((command[3] as number) / 32);
    case PLAN:
      return command[3] as number;
    case UPDATE_WEIGHTS:
      return command[4] as number;
    default:
      return 0;
  }
}

function isEnergy([operation]: Command): boolean {
  return (
    operation === VALUE_ENERGY ||
    operation === CUMULANTS ||
    operation === PRODUCT_ENERGY ||
    operation === CONSTANT_ENERGY
  );
}

function rowsOfEnergy(command: Command): number {
  const operand = { [CUMULANTS]: 2, [CONSTANT_ENERGY]: 1, [VALUE_ENERGY]: 3, [PRODUCT_ENERGY]: 2 }[
    command[0] as number
  ];
  return command[operand as number] as number;
}
