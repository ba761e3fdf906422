import type { Command, Group } from './engine.js';
import {
  ADD_NUMBERS,
  ADD_ROWS,
  BINOMIAL,
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
  RELU,
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
 * Microseconds that commands take one thread, by their first operands. By operation: the names of operations are variables once they are
 * bundled, and a switch compares with one after the other.
 */
const times: {
  readonly [operation: number]: (a: number, b: number, c: number, d: number, command: Command) => number;
} = {
  [FILL]: (_a, b) => b * 1e-4,
  [COPY]: (_a, _b, c) => c * 1e-4,
  [PLAN]: (_a, b, c) => b * c * 1e-3,
  [LIST]: (_a, b, c) => b * c * 5e-3,
  [SUM_ROWS]: (_a, b, c, _d, command) => b * c * (command[10] as number) * 0.05,
  [SUM_SCALED_ROWS]: (_a, b, c, _d, command) => b * c * (command[6] as number) * 0.4,
  [TRANSPOSE_BITS]: (_a, b, c) => b * c * 5e-3,
  [TRANSPOSE_FLOATS]: (_a, b, c) => b * c * 5e-2,
  [MEAN]: (a, b, c) => b * c * (a === RELU ? 2e-2 : 5e-3),
  [SAMPLE]: (a, b, c, d) => b * c * (a === RELU ? 4e-2 : a === BINOMIAL ? d * 5e-3 : 5e-3),
  [CUMULANTS]: (a, b, c) => b * c * (a === RELU ? 2e-2 : 5e-3),
  [EXPECTED]: (a, b, c) => b * c * (a === RELU ? 4e-2 : 5e-3),
  [EXPAND]: (_a, b, c) => b * c * 1e-3,
  [VALUE_STATISTICS]: (_a, b, c, d) => c * d * (b === FLOATS ? 1e-3 : 5e-5),
  [VALUE_ENERGY]: (_a, _b, c, d) => c * d * 1e-3,
  [PRODUCT_ENERGY]: (_a, b, c) => b * c * 1e-3,
  [UPDATE_LAYER]: (_a, _b, _c, d) => d * 3e-4,
  [UPDATE_WEIGHTS]: (_a, _b, _c, d, command) => d * (command[5] as number),
  [TRANSPOSE_WEIGHTS]: (_a, b, c) => b * c * 0.5,
  [GRAPH_INPUTS]: (_a, b, c) => b * c * 5,
  [GRAPH_ENERGY]: (_a, b, c) => b * c * 5,
  [SWEEP]: (_a, b, c, _d, command) => b * c * (command[15] as number) * 5,
  [GATHER_ROWS]: (_a, _b, c, d, command) => c * d * 2e-3 * Math.max(1, (command[5] as number) / 16),
  [EXCHANGE_ROWS]: (_a, _b, _c, _d, command) =>
    (command[5] as number) * (command[8] as number) * 2e-3 * Math.max(1, (command[6] as number) / 16),
  [MERGE_ROWS]: (a, b, c) => b * c * (a === FLOATS ? 1e-3 : 5e-5),
  [MIX_INPUTS]: (a, b) => a * b * 0.02,
  [INTERPOLATE]: (_a, _b, c) => c * 1e-4,
  [ADD_NUMBERS]: (a) => a * 1e-3,
  [METROPOLIS]: (a) => a * 0.05,
  [GATHER_WEIGHTS]: (_a, b) => b * 2e-3,
  [EDGE_STATISTICS]: (_a, _b, c, _d, command) => c * (command[8] as number) * 0.01,
  [ADD_ROWS]: (a, b) => a * b * 5e-4,
  [SQUARE_LAYER]: (_a, _b, _c, d) => d * 5e-4,
  [SQUARE_WEIGHTS]: (_a, _b, _c, d, command) => d * (command[5] as number) * 0.5,
  [GROUP_SLOPES]: (_a, b, c) => b * c * 0.3,
};

/**
 * Microseconds that a command takes one thread, to an order of magnitude; 0 where none takes long. What the states save is
 * not counted.
 */
export function timeOf(command: Command): number {
  const time = times[command[0] as number];
  // One by one: taken apart as a list they take longer than a small command.
  return time
    ? time(command[1] as number, command[2] as number, command[3] as number, command[4] as number, command)
    : 0;
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
