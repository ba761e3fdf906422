import type { Block, Heap } from './heap.js';
import type { Kernels } from './kernels.js';
import {
  COPY,
  EXPECTED,
  FILL,
  FLOATS,
  GRAPH_ENERGY,
  GRAPH_INPUTS,
  LIST,
  MEAN,
  PLAN,
  SUM_ROWS,
  SUM_SCALED_ROWS,
  SWEEP,
  UPDATE_LAYER,
  VALUE_STATISTICS,
} from './opcodes.js';

/** Work on the host between commands: all before it are done, none after it has begun. Commands it enqueues come next. */
export type HostWork = () => void | Promise<void>;

/** Does commands in the order in which they are enqueued, on the caller's thread or on others. */
export interface Engine {
  readonly heap: Heap;
  /** For the host's own use of the memory. */
  readonly kernels: Kernels;
  readonly threads: number;
  /** Enqueues a command: its number and its operands. */
  run(...command: number[]): void;
  host(work: HostWork): void;
  /** Gives memory back when all that was enqueued so far is done. */
  release(block: Block): void;
  /** Resolves when all that was enqueued so far is done. @throws RbmError `BACKEND_FAILED`. */
  finished(): Promise<void>;
  close(): Promise<void>;
}

/** A command: its number and its operands. */
export type Command = readonly number[];

/** Commands that are done share by share: a share of all of them, then the next. */
export type Group = readonly Command[];

/** What waits in a queue. */
export type Entry =
  | { readonly group: Group }
  | { readonly work: HostWork }
  | { readonly block: Block }
  | { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** First in, first out, but what host work enqueues comes before what was enqueued after that work. */
export class Queue {
  #entries: Entry[] = [];
  #next = 0;
  #inserted: Entry[] | undefined;

  get empty(): boolean {
    return this.#next === this.#entries.length && this.#inserted === undefined;
  }

  push(entry: Entry): void {
    (this.#inserted ?? this.#entries).push(entry);
  }

  peek(): Entry | undefined {
    return this.#entries[this.#next];
  }

  shift(): void {
    this.#next++;
    if (this.#next < 1024 && this.#next < this.#entries.length) return;
    this.#entries.splice(0, this.#next);
    this.#next = 0;
  }

  /**
   * Does host work, whose synchronous part may enqueue what comes next.
   *
   * @param flush Called at the end of that part: enqueues what was held back.
   */
  async perform(work: HostWork, flush: () => void): Promise<void> {
    this.#inserted = [];
    const promise = work();
    flush();
    this.#entries.splice(this.#next, 0, ...this.#inserted);
    this.#inserted = undefined;
    await promise;
  }

  /** Rejects all who wait, and forgets everything. */
  abandon(error: unknown): void {
    for (const entry of this.#entries.slice(this.#next)) if ('reject' in entry) entry.reject(error);
    this.#entries = [];
    this.#next = 0;
  }
}

/** Writes a command to memory: for some 15 numbers, `set` takes several times as long. */
export function writeCommand(command: Command, doubles: Float64Array, at: number): void {
  for (let n = 0; n < command.length; n++) doubles[at + n] = command[n] as number;
}

/** Sums of 32 rows of 32 numbers that take some 5 ms. */
const LARGE_PRODUCT = 100_000;
/** Panels of rows of a graph that take some 5 ms where each number has a thousand neighbours. */
const LARGE_GRAPH = 1000;
/** Units that take some 5 ms to draw. */
const LARGE_LAYER = 1_000_000;

/** In how many pieces a command is to be done so that none takes long. */
export function piecesOf(command: Command): number {
  const [operation, , rows, length] = command as [number, number, number, number];
  if (operation === SUM_ROWS) return Math.ceil((rows * length * (command[10] as number)) / LARGE_PRODUCT);
  if (operation === SUM_SCALED_ROWS) return Math.ceil((8 * rows * length * (command[6] as number)) / LARGE_PRODUCT);
  if (operation >= MEAN && operation <= EXPECTED) return Math.ceil((rows * length) / LARGE_LAYER);
  if (operation === GRAPH_INPUTS || operation === GRAPH_ENERGY) return Math.ceil((rows * length) / LARGE_GRAPH);
  if (operation === SWEEP) return Math.ceil((rows * length * (command[15] as number)) / LARGE_GRAPH);
  return 1;
}

/** Shares a thread: enough that one that is put aside for a while holds little back. */
const SHARES = 4;

/** Into how many shares threads cut a command: one if it is not worth being shared. */
export function sharesOf(command: Command, threads: number): number {
  const [operation, , rows, length] = command as [number, number, number, number];
  if (operation === FILL || operation === COPY) {
    return (operation === FILL ? rows : length) < SHARED_BYTES ? 1 : threads;
  }
  if (operation === PLAN || operation === LIST) return rows * length < SHARED_WORDS ? 1 : SHARES * threads;
  if (operation === SUM_ROWS || operation === SUM_SCALED_ROWS) {
    const panels = command[operation === SUM_ROWS ? 10 : 6] as number;
    if (rows * length * panels < SHARED_PRODUCT) return 1;
    // Cutting rows makes tables anew: only if there are fewer panels than threads.
    return panels < threads ? threads : Math.min(SHARES * threads, panels);
  }
  if (operation >= MEAN && operation <= EXPECTED && rows * length < SHARED_LAYER) return 1;
  if (operation === UPDATE_LAYER && (command[4] as number) * 4 < SHARED_BYTES) return 1;
  if (operation === VALUE_STATISTICS) {
    const [, , storage, count, columns] = command as [number, number, number, number, number];
    if (storage !== FLOATS && count * columns < SHARED_COUNTS) return 1;
  }
  return SHARES * threads;
}

/** Into how many shares threads cut a group: one for each panel, so that what the next command needs is in its own share. */
export function sharesOfGroup(group: Group, panels: number, threads: number): number {
  const shares = Math.max(...group.map((command) => sharesOf(command, threads)));
  return shares === 1 || group.length === 1 || panels === 0 ? shares : panels;
}

/** Below these sizes, some 5 µs of work, waiting for one another costs more than sharing gains. */
const SHARED_BYTES = 65536;
const SHARED_WORDS = 2000;
const SHARED_PRODUCT = 300;
const SHARED_LAYER = 2000;
const SHARED_COUNTS = 100_000;
