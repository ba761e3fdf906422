import { RbmError } from '@rbm/core';
import { Pacer } from '@rbm/core/contracts';
import { piecesOf, timeOf } from './cuts.js';
import { type Command, type Engine, type HostWork, Queue, writeCommand } from './engine.js';
import { type Block, Heap } from './heap.js';
import { instantiate, type Kernels } from './kernels.js';
import { RING, SCRATCH, SCRATCH_BYTES } from './opcodes.js';
import { platform, type WasmModule } from './platform.js';
import { WrittenCommands } from './written-commands.js';

/** How long commands may follow one another before the event loop is asked, in milliseconds. */
const SLICE = 10;
/** After how many commands, of some 5 ms at most, the clock is asked: asking takes as long as a small one. */
const COMMANDS = 4;

/**
 * Microseconds of work, by estimate, that are done in the calls themselves between two waits: for small commands, a queue
 * costs as much as the work.
 */
const AT_ONCE = 1000;

/**
 * Everything on the caller's thread: some work at once, the rest when the caller waits for something, in slices between
 * which the event loop turns.
 */
export class InlineEngine implements Engine {
  readonly heap: Heap;
  readonly kernels: Kernels;
  readonly threads = 1;
  readonly #queue: Queue = new Queue();
  readonly #pacer: Pacer = new Pacer();
  #pumping = false;
  #since: number = Date.now();
  #unasked = 0;
  /** Estimated microseconds of the work done in calls since the caller last waited. */
  #spent = 0;
  #failure: RbmError | undefined;

  static async start(module: WasmModule): Promise<InlineEngine> {
    const memory = new platform.WebAssembly.Memory({ initial: 16, maximum: 65536 });
    return new InlineEngine(new Heap(memory, SCRATCH + SCRATCH_BYTES), await instantiate(module, memory));
  }

  private constructor(heap: Heap, kernels: Kernels) {
    this.heap = heap;
    this.kernels = kernels;
  }

  run(command: Command): void {
    if (!this.#canDo(timeOf(command))) {
      this.#queue.push({ group: [command] });
      return;
    }
    try {
      this.#execute(command, 0, 1);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  write(commands: readonly Command[]): WrittenCommands | undefined {
    try {
      return new WrittenCommands(this.heap, commands);
    } catch {
      // No memory for them: they are enqueued one by one.
      return undefined;
    }
  }

  runWritten({ block, count, time }: WrittenCommands): boolean {
    if (!this.#canDo(time)) return false;
    try {
      this.kernels.executeAll(block.address, count);
    } catch (cause) {
      this.#fail(cause);
    }
    return true;
  }

  host(work: HostWork): void {
    this.#queue.push({ work });
  }

  release(block: Block): void {
    if (this.#queue.empty && !this.#pumping) this.heap.release(block);
    else this.#queue.push({ block });
  }

  finished(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#spent = 0;
    if (this.#queue.empty && !this.#pumping) return this.#pacer.breathe();
    return new Promise((resolve, reject) => {
      this.#queue.push({ resolve, reject });
      if (!this.#pumping) void this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#queue.abandon(new RbmError('DISPOSED', 'The backend was closed while something waited for it.'));
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      for (let entry = this.#queue.peek(); entry; entry = this.#queue.peek()) {
        this.#queue.shift();
        if ('group' in entry) {
          // One command: a single thread meets nobody.
          const [command] = entry.group as [Command];
          const pieces = piecesOf(command);
          for (let piece = 0; piece < pieces; piece++) {
            this.#execute(command, piece, pieces);
            if (++this.#unasked >= COMMANDS && this.#late()) await this.#breathe();
          }
        } else if ('work' in entry) await this.#queue.perform(entry.work, () => {});
        else if ('block' in entry) this.heap.release(entry.block);
        else entry.resolve();
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#pumping = false;
    }
  }

  /** Whether work of so many microseconds is small enough to be done at once, and nothing comes before it; this counts it as done. */
  #canDo(time: number): boolean {
    if (this.#pumping || !this.#queue.empty || this.#failure || this.#spent + time > AT_ONCE) return false;
    this.#spent += time;
    return true;
  }

  #fail(cause: unknown): void {
    this.#failure = new RbmError('BACKEND_FAILED', `A WebAssembly kernel failed: ${cause}`, { cause });
    this.#queue.abandon(this.#failure);
  }

  #late(): boolean {
    this.#unasked = 0;
    return Date.now() - this.#since > SLICE;
  }

  #execute(command: readonly number[], piece: number, pieces: number): void {
    writeCommand(command, this.heap.doubles, RING / 8);
    this.kernels.execute(RING, piece, pieces, 0);
  }

  async #breathe(): Promise<void> {
    await this.#pacer.breathe();
    this.#since = Date.now();
  }
}
