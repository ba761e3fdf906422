import type { WasmBuffer } from './buffer.js';
import { panelsOf } from './buffer.js';
import type { Run } from './engine.js';
import { type BITS, EXPAND, FLOATS, LIST, PLAN, SIGNS, SUM_ROWS, SUM_SCALED_ROWS } from './opcodes.js';
import type { Workspace } from './workspace.js';

/** The left side of a product: values, a row each. */
export interface Factor {
  readonly storage: typeof BITS | typeof SIGNS | typeof FLOATS;
  readonly address: number;
  readonly rows: number;
  /** Words, or panels, of 32 columns. */
  readonly words: number;
}

/** The right side: rows of floats in panels. */
export interface Matrix {
  /** Of the first row that counts. */
  readonly address: number;
  /** Rows of a panel over 32, those that do not count included. */
  readonly stride: number;
  readonly panels: number;
}

/** From how many rows on pairs of rows are added beforehand. */
const PAIRED_ROWS = 48;

/** The values of a buffer as the left side of a product. */
export function factorOf({ shape, address }: WasmBuffer): Factor {
  return { storage: shape.storage as Factor['storage'], address, rows: shape.rows, words: panelsOf(shape.columns) };
}

/**
 * Enqueues `out (+)= factor · matrix`; `out`: `[panels][rows][32]`.
 *
 * @param accumulate Whether to add to `out`.
 */
export function enqueueProduct(
  run: Run,
  workspace: Workspace,
  factor: Factor,
  matrix: Matrix,
  out: number,
  accumulate: boolean,
): void {
  const { storage, address, rows, words } = factor;
  const { stride, panels } = matrix;
  if (storage === FLOATS) {
    run(SUM_SCALED_ROWS, address, rows, words, matrix.address, stride, panels, out, Number(accumulate));
    return;
  }
  const signed = Number(storage === SIGNS);
  const flags = workspace.alternate('flags', words);
  const lists = workspace.take('lists', rows * words * 64);
  const counts = workspace.take('counts', rows * 8);
  // The sums of pairs must be worth their while.
  const paired = signed === 0 && rows >= PAIRED_ROWS;
  const pairs = paired ? workspace.take('pairs', workspace.threads * words * 2048) : 0;
  run(PLAN, address, rows, words, signed, Number(paired), flags, panels);
  if (!signed) run(LIST, address, rows, words, Number(paired), flags, lists, counts);
  const sources = [flags, lists, counts, matrix.address, stride] as const;
  run(SUM_ROWS, address, rows, words, signed, ...sources, panels, out, Number(accumulate), pairs);
}

/** The command that copies a buffer of states to floats at `out`. */
export function expandCommand({ shape, address }: WasmBuffer, out: number): number[] {
  const { storage, rows, columns } = shape;
  return [EXPAND, storage as number, rows, columns, address, 1, 0, out, rows, 0, 1, 0];
}
