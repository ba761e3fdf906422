import { Pacer, RbmError } from '@rbm/core';
import { type Command, type Engine, type Group, type HostWork, piecesOf, Queue, sharesOfGroup } from './engine.js';
import { Grouper, panelsOf } from './groups.js';
import { type Block, Heap } from './heap.js';
import { instantiate, type Kernels } from './kernels.js';
import { RING, SCRATCH, SCRATCH_BYTES } from './opcodes.js';
import { platform, type WasmModule } from './platform.js';

/** How long commands may follow one another before the event loop is asked, in milliseconds. */
const SLICE = 10;

/** Everything on the caller's thread, when it waits for something, in slices between which the event loop turns. */
export class InlineEngine implements Engine {
  readonly heap: Heap;
  readonly kernels: Kernels;
  readonly threads = 1;
  readonly #queue: Queue = new Queue();
  readonly #grouper: Grouper = new Grouper(1, (group) => this.#queue.push({ group }));
  readonly #pacer: Pacer = new Pacer();
  #pumping = false;
  #since: number = Date.now();
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
    this.#grouper.add(command);
  }

  host(work: HostWork): void {
    this.#grouper.flush();
    this.#queue.push({ work });
  }

  release(block: Block): void {
    this.#grouper.flush();
    if (this.#queue.empty && !this.#pumping) this.heap.release(block);
    else this.#queue.push({ block });
  }

  finished(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#grouper.flush();
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
          const pieces = piecesOfGroup(entry.group);
          for (let piece = 0; piece < pieces; piece++) {
            for (const command of entry.group) this.#execute(command, piece, pieces);
            if (Date.now() - this.#since > SLICE) await this.#breathe();
          }
        } else if ('work' in entry) await this.#queue.perform(entry.work, () => this.#grouper.flush());
        else if ('block' in entry) this.heap.release(entry.block);
        else entry.resolve();
      }
    } catch (cause) {
      this.#failure = new RbmError('BACKEND_FAILED', `A WebAssembly kernel failed: ${cause}`, { cause });
      this.#queue.abandon(this.#failure);
    } finally {
      this.#pumping = false;
    }
  }

  #execute(command: Command, piece: number, pieces: number): void {
    this.heap.doubles.set(command, RING / 8);
    this.kernels.execute(RING, piece, pieces, 0);
  }

  async #breathe(): Promise<void> {
    await this.#pacer.breathe();
    this.#since = Date.now();
  }
}

/** A small group is done at once, a large one panel by panel: what a command leaves of a panel is in the cache for the next. */
function piecesOfGroup(group: Group): number {
  const [first] = group as [Command];
  return group.length === 1 ? piecesOf(first) : sharesOfGroup(group, panelsOf(first), 1);
}
