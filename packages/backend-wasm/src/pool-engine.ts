import { RbmError } from '@rbm/core';
import { Pacer } from '@rbm/core/contracts';
import { sharesOfGroup } from './cuts.js';
import { type Command, type Engine, type Group, type HostWork, Queue, writeCommand } from './engine.js';
import { Grouper, panelsOf } from './groups.js';
import { type Block, Heap } from './heap.js';
import { instantiate, type Kernels } from './kernels.js';
import {
  COMMAND_BYTES,
  DONE,
  LENGTH_AT,
  PUBLISHED,
  RING,
  RING_COMMANDS,
  SCRATCH,
  SCRATCH_BYTES,
  SHARES_AT,
  SIGNAL,
} from './opcodes.js';
import { platform, processors, type WasmMemory, type WasmModule, type WorkerLike } from './platform.js';
import { listen, type WorkerMessage } from './workers.js';

/** The signal that says no more than: look again. */
const WAKE = 0;
/** Pages of memory to ask for at most: less where 4 GiB of addresses are refused. */
const MOST_PAGES = [65536, 32768, 16384];

/**
 * How often a thread looks for work before it sleeps, some 0.7 ms or 3 µs. Being woken takes longer than most commands, so
 * threads with a core of their own stay awake between them; where they have none, they would keep the others from theirs.
 */
const PATIENT = 200_000;
const IMPATIENT = 1000;

/** Threads over shared memory. The caller only enqueues: it never computes, and never blocks. */
export class PoolEngine implements Engine {
  readonly heap: Heap;
  readonly kernels: Kernels;
  readonly threads: number;
  readonly #workers: readonly WorkerLike[];
  readonly #words: Int32Array;
  readonly #queue: Queue = new Queue();
  readonly #grouper: Grouper;
  readonly #pacer: Pacer = new Pacer();
  readonly #waiting: Map<number, { readonly resolve: () => void; readonly reject: (error: unknown) => void }> =
    new Map();
  /** Blocks to be given back when a number of commands is done, in order. */
  #releases: { readonly after: number; readonly block: Block }[] = [];
  #published = 0;
  #signals = 0;
  #waking = false;
  #performing = false;
  #failure: RbmError | undefined;

  /** @throws RbmError `UNSUPPORTED`, `BACKEND_FAILED` if the workers do not start. */
  static async start(module: WasmModule, threads: number, createWorker: () => WorkerLike): Promise<PoolEngine> {
    const memory = sharedMemory();
    const kernels = await instantiate(module, memory);
    const workers: WorkerLike[] = [];
    try {
      for (let thread = 0; thread < threads; thread++) workers.push(createWorker());
      const engine = new PoolEngine(memory, kernels, workers);
      await engine.#start(module);
      return engine;
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw error;
    }
  }

  private constructor(memory: WasmMemory, kernels: Kernels, workers: readonly WorkerLike[]) {
    this.heap = new Heap(memory, SCRATCH + workers.length * SCRATCH_BYTES);
    this.kernels = kernels;
    this.threads = workers.length;
    this.#workers = workers;
    this.#words = new Int32Array(memory.buffer, 0, SCRATCH / 4);
    this.#grouper = new Grouper(this.threads, (group) => this.#submit(group));
  }

  run(command: Command): void {
    if (!this.#failure) this.#grouper.add(command);
  }

  write(): undefined {
    return undefined;
  }

  /** The caller never computes. */
  runWritten(): boolean {
    return false;
  }

  host(work: HostWork): void {
    if (this.#failure) return;
    this.#grouper.flush();
    this.#enqueue({ work });
  }

  release(block: Block): void {
    this.#grouper.flush();
    this.#collect();
    if (this.#direct) this.#releases.push({ after: this.#published, block });
    else this.#enqueue({ block });
  }

  finished(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#grouper.flush();
    this.#collect();
    if (this.#direct && this.#idle) return this.#pacer.breathe();
    return new Promise((resolve, reject) => this.#enqueue({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#fail(new RbmError('DISPOSED', 'The backend was closed while something waited for it.'));
  }

  async #start(module: WasmModule): Promise<void> {
    const { memory } = this.heap;
    const looks = this.threads <= processors() ? PATIENT : IMPATIENT;
    await Promise.all(
      this.#workers.map(
        (worker, thread) =>
          new Promise<void>((resolve, reject) => {
            const lost = (why: string): void => {
              const error = new RbmError('BACKEND_FAILED', `A thread of the pool was lost: ${why}.`);
              reject(error);
              this.#fail(error);
            };
            const receive = (message: WorkerMessage): void => {
              if ('ready' in message) resolve();
              else if ('signal' in message) this.#receive(message.signal);
              else lost(message.failed);
            };
            listen(worker, receive, lost);
            worker.postMessage({ module, memory, thread, looks });
          }),
      ),
    );
    // From here on, an idle pool does not keep the process alive.
    for (const worker of this.#workers) worker.unref?.();
  }

  /** Whether commands can go to the ring without overtaking something. */
  get #direct(): boolean {
    return this.#queue.empty && !this.#performing;
  }

  get #idle(): boolean {
    return Atomics.load(this.#words, DONE / 4) === this.#published;
  }

  /** Free places in the ring. */
  get #room(): number {
    return RING_COMMANDS - ((this.#published - Atomics.load(this.#words, DONE / 4)) | 0);
  }

  #enqueue(entry: Parameters<Queue['push']>[0]): void {
    this.#queue.push(entry);
    this.#pump();
  }

  #submit(group: Group): void {
    if (this.#failure) return;
    if (this.#direct && this.#room > group.length) this.#publish(group);
    else this.#enqueue({ group });
  }

  /** Writes commands to the ring; how they are shared stands at the first. Threads see all of them or none. */
  #publish(group: Group): void {
    const [first] = group as [Command];
    const { doubles } = this.heap;
    const head = slotAt(this.#published);
    const shares = first[0] === SIGNAL ? 1 : sharesOfGroup(group, panelsOf(first), this.threads);
    Atomics.store(this.#words, 2 * head + SHARES_AT / 4, shares);
    Atomics.store(this.#words, 2 * head + LENGTH_AT / 4, group.length);
    for (const command of group) {
      writeCommand(command, doubles, slotAt(this.#published));
      this.#published = (this.#published + 1) | 0;
    }
    Atomics.store(this.#words, PUBLISHED / 4, this.#published);
    if (Atomics.load(this.#words, PUBLISHED / 4 + 1) !== 0) Atomics.notify(this.#words, PUBLISHED / 4);
  }

  /** Moves what waits as far as it can go. */
  #pump(): void {
    for (let entry = this.#queue.peek(); entry && !this.#performing; entry = this.#queue.peek()) {
      if ('group' in entry) {
        if (this.#room <= entry.group.length) break;
        this.#publish(entry.group);
      } else if ('block' in entry) {
        this.#releases.push({ after: this.#published, block: entry.block });
      } else if ('resolve' in entry) {
        if (this.#room <= 1) break;
        this.#signals = (this.#signals % 0x3fffffff) + 1;
        this.#waiting.set(this.#signals, entry);
        this.#workers[0]?.ref?.();
        this.#publish([[SIGNAL, this.#signals]]);
      } else {
        if (!this.#idle) break;
        this.#performing = true;
        this.#queue.shift();
        void this.#perform(entry.work);
        return;
      }
      this.#queue.shift();
    }
    if (this.#queue.peek() && !this.#performing) this.#wake();
  }

  async #perform(work: HostWork): Promise<void> {
    try {
      await this.#queue.perform(work, () => this.#grouper.flush());
    } catch (cause) {
      this.#fail(new RbmError('BACKEND_FAILED', `Work on the host failed: ${cause}`, { cause }));
    } finally {
      this.#performing = false;
      this.#pump();
    }
  }

  /** Asks to be told when all that was published is done. There is always room for this one. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#workers[0]?.ref?.();
    this.#publish([[SIGNAL, WAKE]]);
  }

  #receive(signal: number): void {
    if (this.#failure) return;
    this.#collect();
    if (signal === WAKE) this.#waking = false;
    const waiter = this.#waiting.get(signal);
    this.#waiting.delete(signal);
    if (this.#waiting.size === 0 && !this.#waking) this.#workers[0]?.unref?.();
    waiter?.resolve();
    this.#pump();
  }

  /** Gives back the blocks whose time has come. */
  #collect(): void {
    const done = Atomics.load(this.#words, DONE / 4);
    let count = 0;
    for (; count < this.#releases.length; count++) {
      const { after, block } = this.#releases[count] as { after: number; block: Block };
      if (((done - after) | 0) < 0) break;
      this.heap.release(block);
    }
    if (count > 0) this.#releases.splice(0, count);
  }

  #fail(error: RbmError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const worker of this.#workers) worker.terminate();
    this.#queue.abandon(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Where a command stands in the ring, in float64. */
function slotAt(index: number): number {
  return (RING + ((index >>> 0) % RING_COMMANDS) * COMMAND_BYTES) / 8;
}

/** @throws RbmError `SIZE_LIMIT` if no shared memory is to be had. */
function sharedMemory(): WasmMemory {
  for (const maximum of MOST_PAGES) {
    try {
      return new platform.WebAssembly.Memory({ initial: 16, maximum, shared: true });
    } catch {
      // Refused: try with fewer addresses.
    }
  }
  throw new RbmError('SIZE_LIMIT', 'The platform gives no shared memory for WebAssembly. Use one thread.');
}
