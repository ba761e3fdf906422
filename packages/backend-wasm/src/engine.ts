import type { Block, Heap } from './heap.js';
import type { Kernels } from './kernels.js';
import type { WrittenCommands } from './written-commands.js';

/** Work on the host between commands: all before it are done, none after it has begun. Commands it enqueues come next. */
export type HostWork = () => void | Promise<void>;

/** Does commands in the order in which they are enqueued, on the caller's thread or on others. */
export interface Engine {
  readonly heap: Heap;
  /** For the host's own use of the memory. */
  readonly kernels: Kernels;
  readonly threads: number;
  /** Enqueues a command, which must not change afterwards. */
  run(command: Command): void;
  /** Commands that `runWritten` does, where the engine can. */
  write(commands: readonly Command[]): WrittenCommands | undefined;
  /** Does written commands before it returns. @returns Whether it has: else they are to be enqueued one by one. */
  runWritten(commands: WrittenCommands): boolean;
  host(work: HostWork): void;
  /** Gives memory back when all that was enqueued so far is done. */
  release(block: Block): void;
  /** Resolves when all that was enqueued so far is done. @throws RbmError `BACKEND_FAILED`. */
  finished(): Promise<void>;
  close(): Promise<void>;
}

/** A command: its number and its operands. */
export type Command = readonly number[];

/** Takes a command, operand by operand. */
export type Run = (...command: number[]) => void;

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
