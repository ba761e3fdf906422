import type { Command, Group } from './engine.js';
import {
  ADD_NUMBERS,
  ADD_ROWS,
  COPY,
  CUMULANTS,
  EDGE_STATISTICS,
  EXCHANGE_ROWS,
  EXPAND,
  EXPECTED,
  FILL,
  FLOATS,
  GATHER_ROWS,
  GATHER_WEIGHTS,
  GRAPH_ENERGY,
  GRAPH_INPUTS,
  GROUP_SLOPES,
  INTERPOLATE,
  LIST,
  MEAN,
  MERGE_ROWS,
  METROPOLIS,
  MIX_INPUTS,
  PLAN,
  PRODUCT_ENERGY,
  SAMPLE,
  SQUARE_LAYER,
  SQUARE_WEIGHTS,
  SUM_ROWS,
  SUM_SCALED_ROWS,
  SWEEP,
  TRANSPOSE_BITS,
  TRANSPOSE_FLOATS,
  TRANSPOSE_WEIGHTS,
  UPDATE_LAYER,
  UPDATE_WEIGHTS,
  VALUE_ENERGY,
  VALUE_STATISTICS,
} from './opcodes.js';

/**
 * Microseconds that a command takes one thread, to an order of magnitude; 0 where none takes long. What the states save is
 * not counted.
 */
export function timeOf(command: Command): number {
  const operation = command[0] as number;
  // One by one: taken apart as a list they take longer than a small command.
  const a = command[1] as number;
  const b = command[2] as number;
  const c = command[3] as number;
  const d = command[4] as number;
  switch (operation) {
    case FILL:
      return b * 1e-4;
    case COPY:
      return c * 1e-4;
    case PLAN:
      return b * c * 1e-3;
    case LIST:
      return b * c * 5e-3;
    case SUM_ROWS:
      return b * c * (command[10] as number) * 0.05;
    case SUM_SCALED_ROWS:
      return b * c * (command[6] as number) * 0.4;
    case TRANSPOSE_BITS:
      return b * c * 5e-3;
    case TRANSPOSE_FLOATS:
      return b * c * 5e-2;
    case MEAN:
    case SAMPLE:
    case CUMULANTS:
    case EXPECTED:
      return b * c * 5e-3;
    case EXPAND:
      return b * c * 1e-3;
    case VALUE_STATISTICS:
      return c * d * (b === FLOATS ? 1e-3 : 5e-5);
    case VALUE_ENERGY:
      return c * d * 1e-3;
    case PRODUCT_ENERGY:
      return b * c * 1e-3;
    case UPDATE_LAYER:
      return d * 3e-4;
    case UPDATE_WEIGHTS:
      return d * (command[5] as number);
    case TRANSPOSE_WEIGHTS:
      return b * c * 0.5;
    case GRAPH_INPUTS:
    case GRAPH_ENERGY:
      return b * c * 5;
    case SWEEP:
      return b * c * (command[15] as number) * 5;
    case GATHER_ROWS:
      return c * d * 2e-3 * Math.max(1, (command[5] as number) / 16);
    case EXCHANGE_ROWS:
      return (command[5] as number) * (command[8] as number) * 2e-3 * Math.max(1, (command[6] as number) / 16);
    case MERGE_ROWS:
      return b * c * (a === FLOATS ? 1e-3 : 5e-5);
    case MIX_INPUTS:
      return a * b * 0.02;
    case INTERPOLATE:
      return c * 1e-4;
    case ADD_NUMBERS:
      return a * 1e-3;
    case METROPOLIS:
      return a * 0.05;
    case GATHER_WEIGHTS:
      return b * 2e-3;
    case EDGE_STATISTICS:
      return c * (command[8] as number) * 0.01;
    case ADD_ROWS:
      return a * b * 5e-4;
    case SQUARE_LAYER:
      return d * 5e-4;
    case SQUARE_WEIGHTS:
      return d * (command[5] as number) * 0.5;
    case GROUP_SLOPES:
      return b * c * 0.3;
    default:
      return 0;
  }
}

/** How long a piece of a command takes at most, in microseconds: between pieces the event loop may turn. */
const LONGEST_PIECE = 5000;

/** In how many pieces a command is to be done so that none takes long. */
export function piecesOf(command: Command): number {
  return Math.max(1, Math.ceil(timeOf(command) / LONGEST_PIECE));
}

/** Microseconds of work below which waiting for one another costs more than sharing gains. */
const WORTH_SHARING = 8;
/** Shares a thread: enough that one that is put aside for a while holds little back. */
const SHARES = 4;

/** Into how many shares threads cut a command: one if it is not worth being shared. */
export function sharesOf(command: Command, threads: number): number {
  if (timeOf(command) < WORTH_SHARING) return 1;
  const [operation] = command;
  if (operation === SUM_ROWS || operation === SUM_SCALED_ROWS) {
    const panels = command[operation === SUM_ROWS ? 10 : 6] as number;
    // Cutting rows makes tables anew: only if there are fewer panels than threads.
    return panels < threads ? threads : Math.min(SHARES * threads, panels);
  }
  return SHARES * threads;
}

/** Into how many shares threads cut a group: one for each panel, so that what the next command needs is in its own share. */
export function sharesOfGroup(group: Group, panels: number, threads: number): number {
  const shares = Math.max(...group.map((command) => sharesOf(command, threads)));
  return shares === 1 || group.length === 1 || panels === 0 ? shares : panels;
}
