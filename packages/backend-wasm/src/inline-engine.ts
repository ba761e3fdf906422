import { Pacer, RbmError } from '@rbm/core';
import { piecesIn, timeOf } from './cuts.js';
import { type Command, type Engine, type HostWork, isCommand, Queue, writeCommand } from './engine.js';
import { type Block, Heap } from './heap.js';
import { instantiate, type Kernels } from './kernels.js';
import { RING, SCRATCH, SCRATCH_BYTES } from './opcodes.js';
import { platform, type WasmModule } from './platform.js';

/** How long commands may follow one another before the event loop is asked, in milliseconds. */
const SLICE = 10;
/** After how many microseconds of commands, as `timeOf` guesses, the clock is asked: asking takes as long as a small one. */
const UNASKED = 2000;
/** What is counted for a command beside its work. */
const OVERHEAD = 1;

/** Everything on the caller's thread, when it waits for something, in slices between which the event loop turns. */
export class InlineEngine implements Engine {
  readonly heap: Heap;
  readonly kernels: Kernels;
  readonly threads = 1;
  readonly #queue: Queue = new Queue();
  readonly #pacer: Pacer = new Pacer();
  #pumping = false;
  #since: number = Date.now();
  #unasked = 0;
  #failure: RbmError | undefined;

  static async start(module: WasmModule): Promise<InlineEngine> {
    const memory = new platform.WebAssembly.Memory({ initial: 16, maximum: 65536 });
    return new InlineEngine(new Heap(memory, SCRATCH + SCRATCH_BYTES), await instantiate(module, memory));
  }

  private constructor(heap: Heap, kernels: Kernels) {
    this.heap = heap;
    this.kernels = kernels;
  }

  run(...command: number[]): void {
    this.#queue.push(command);
  }

  repeat(commands: readonly Command[]): void {
    for (const command of commands) this.#queue.push(command);
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
        if (isCommand(entry)) {
          const time = timeOf(entry);
          const pieces = piecesIn(time);
          for (let piece = 0; piece < pieces; piece++) {
            this.#execute(entry, piece, pieces);
            this.#unasked += OVERHEAD + time / pieces;
            if (this.#unasked > UNASKED && this.#late()) await this.#breathe();
          }
        } else if ('work' in entry) await this.#queue.perform(entry.work, () => {});
        else if ('block' in entry) this.heap.release(entry.block);
        else if ('resolve' in entry) entry.resolve();
      }
    } catch (cause) {
      this.#failure = new RbmError('BACKEND_FAILED', `A WebAssembly kernel failed: ${cause}`, { cause });
      this.#queue.abandon(this.#failure);
    } finally {
      this.#pumping = false;
    }
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
