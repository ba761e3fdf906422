import {
  type Backend,
  type BackendCapabilities,
  type BackendMemory,
  type Buffer,
  checkExchange,
  checkGather,
  checkLogRatios,
  type EnergyModel,
  type Program,
  RbmError,
  type SampleArray,
  type ScaledRows,
  type Site,
} from '@rbm/core';
import { shared, single } from './binary.generated.js';
import { panelsOf, type WasmBuffer } from './buffer.js';
import { nativeLayers } from './compiled-model.js';
import type { Engine } from './engine.js';
import { InlineEngine } from './inline-engine.js';
import { compileKernels, decodeBase64 } from './kernels.js';
import { ADD_NUMBERS, COPY, EXCHANGE_ROWS, FILL, GATHER_ROWS, METROPOLIS } from './opcodes.js';
import { canShareMemory, processors, type WorkerLike } from './platform.js';
import { PoolEngine } from './pool-engine.js';
import { expandCommand } from './products.js';
import { WasmProgram } from './program.js';
import { own, type Session } from './session.js';
import { Transfer } from './transfer.js';
import { createOwnWorker } from './workers.js';

/** What `wasm` takes. */
export interface WasmOptions {
  /**
   * How many threads compute, from 1 to 64; `auto` (default): as many as the machine has, up to 8. One thread computes
   * on the caller's; more are workers over shared memory, and the caller's only enqueues. Where memory cannot be shared
   * (a page that is not cross-origin isolated), there is one, as `capabilities.threads` and `info` say. Results are the
   * same bits for any number.
   */
  readonly threads?: number | 'auto';
  /** The compiled modules, for those who must not carry them inside their script. */
  readonly bytes?: { readonly single: Uint8Array; readonly shared: Uint8Array };
  /** Makes a worker that runs `workerSource`, where a content security policy allows neither evaluation nor blobs. */
  readonly createWorker?: () => WorkerLike;
}

const MOST_THREADS = 64;
const MOST_AUTOMATIC_THREADS = 8;

/** Rounding of float32 sums of some thousands of terms, and of the functions, with room to spare. */
const ERROR = 1e-4;
/** 256 MiB of float32, of 4 GiB that WebAssembly can address; 8 MiB where they are bits. */
const LARGEST = 2 ** 26;

/**
 * The WebAssembly backend: SIMD on float32, threads where memory can be shared, no installation. Nothing is compiled or
 * started before this call.
 *
 * @throws RbmError `ARGUMENT_INVALID` for a number of threads that cannot be; `UNSUPPORTED` where WebAssembly with SIMD
 * is missing; `BACKEND_FAILED` if threads do not start.
 */
export async function wasm(options: WasmOptions = {}): Promise<Backend> {
  const { threads = 'auto', bytes, createWorker = createOwnWorker } = options;
  if (threads !== 'auto' && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The number of threads is a whole number from 1 to ${MOST_THREADS}, or "auto", not ${threads}.`,
    );
  }
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_AUTOMATIC_THREADS) : threads;
  if (wanted > 1 && canShareMemory()) {
    const module = await compileKernels(bytes?.shared ?? decodeBase64(shared));
    return new WasmBackend(await PoolEngine.start(module, wanted, createWorker), '');
  }
  const module = await compileKernels(bytes?.single ?? decodeBase64(single));
  const why = wanted > 1 ? ' (memory cannot be shared here: the page is not cross-origin isolated)' : '';
  return new WasmBackend(await InlineEngine.start(module), why);
}

class WasmBackend implements Backend {
  readonly specVersion = 1;
  readonly name = 'wasm';
  readonly info: string;
  readonly capabilities: BackendCapabilities;
  readonly #session: Session;
  #closed = false;

  constructor(engine: Engine, why: string) {
    const { threads } = engine;
    this.#session = {
      engine,
      transfer: new Transfer(engine.heap, engine.kernels),
      buffers: new Set(),
      programs: new Set(),
    };
    this.info = `wasm backend: WebAssembly SIMD, float32, ${threads} ${threads === 1 ? 'thread' : 'threads'}${why}`;
    this.capabilities = {
      floatBits: 32,
      error: ERROR,
      random: 'key',
      threads,
      layers: Object.keys(nativeLayers),
      optimizers: ['sgd', 'centred-sgd'],
      largestBuffer: LARGEST,
    };
  }

  async prepare(model: EnergyModel): Promise<Program> {
    this.#checkOpen();
    return WasmProgram.prepare(this, this.#session, model);
  }

  write(buffer: Buffer, data: SampleArray): void {
    this.#checkOpen();
    const target = this.#own(buffer);
    if (data.length !== target.length) {
      throw new RbmError('SHAPE_MISMATCH', `The buffer holds ${target.length} numbers, not ${data.length}.`);
    }
    const { engine, transfer } = this.#session;
    const staged = engine.heap.allocate(target.shape.bytes);
    try {
      transfer.pack(target, data, staged.address);
    } catch (error) {
      engine.heap.release(staged);
      throw error;
    }
    engine.run([COPY, target.address, staged.address, target.shape.bytes]);
    engine.release(staged);
    this.#parametersChanged(target);
  }

  copy(source: Buffer, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.#own(source), this.#own(target)];
    const same = from.spec.holds === to.spec.holds || (from.spec.holds === 'states' && to.spec.holds === 'means');
    if (!same || from.length !== to.length || from.shape.rows !== to.shape.rows) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer of ${from.length} numbers that holds ${from.spec.holds} cannot be copied to one of ${to.length} ` +
          `that holds ${to.spec.holds}.`,
      );
    }
    const { engine } = this.#session;
    if (from.shape.storage === to.shape.storage) engine.run([COPY, to.address, from.address, to.shape.bytes]);
    else engine.run(expandCommand(from, to.address));
    this.#parametersChanged(to);
  }

  gather(source: Buffer, rows: Uint32Array, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.#own(source), this.#own(target)];
    checkGather(from.spec, rows, to.spec);
    const { engine } = this.#session;
    const numbers = engine.heap.allocate(rows.byteLength);
    engine.heap.bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), numbers.address);
    const panels = panelsOf(from.shape.columns);
    const bytes = from.shape.bytes / (panels * from.shape.rows);
    engine.run([GATHER_ROWS, from.address, from.shape.rows, panels, to.shape.rows, bytes, numbers.address, to.address]);
    engine.release(numbers);
  }

  exchange(a: Buffer, rowsA: Uint32Array, b: Buffer, rowsB: Uint32Array, accepted: Buffer): void {
    this.#checkOpen();
    const [first, second, decisions] = [this.#own(a), this.#own(b), this.#own(accepted)];
    checkExchange(first.spec, rowsA, second.spec, rowsB, decisions.spec, first === second);
    const { engine } = this.#session;
    const count = rowsA.length;
    const pairs = engine.heap.allocate(8 * count);
    const words = new Uint32Array(engine.heap.memory.buffer, pairs.address, 2 * count);
    for (let k = 0; k < count; k++) {
      words[2 * k] = rowsA[k] as number;
      words[2 * k + 1] = rowsB[k] as number;
    }
    const panels = panelsOf(first.shape.columns);
    const bytes = first.shape.bytes / (panels * first.shape.rows);
    const buffers = [first.address, first.shape.rows, second.address, second.shape.rows];
    engine.run([EXCHANGE_ROWS, ...buffers, panels, bytes, pairs.address, count, decisions.address]);
    engine.release(pairs);
  }

  metropolis(accepted: Buffer, logRatios: readonly ScaledRows[], { random, step, firstChain = 0 }: Site): void {
    this.#checkOpen();
    const out = this.#own(accepted);
    const terms = logRatios.map(({ rows, scale }) => ({ rows: this.#own(rows), scale }));
    checkLogRatios(
      out.spec,
      terms.map(({ rows }) => rows.spec),
    );
    const { engine } = this.#session;
    engine.run([FILL, out.address, out.shape.bytes]);
    for (const { rows, scale } of terms) engine.run([ADD_NUMBERS, out.length, rows.address, scale, out.address]);
    engine.run([METROPOLIS, out.length, out.address, ...random.key, step, firstChain]);
  }

  async read(buffer: Buffer): Promise<Float64Array> {
    this.#checkOpen();
    const source = this.#own(buffer);
    const { engine, transfer } = this.#session;
    const staged = engine.heap.allocate(source.shape.bytes);
    engine.run([COPY, staged.address, source.address, source.shape.bytes]);
    try {
      await engine.finished();
      this.#checkFailures(source);
      return transfer.unpack(source, staged.address);
    } finally {
      engine.release(staged);
    }
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    await this.#session.engine.finished();
    for (const program of this.#session.programs) program.checkFailure();
  }

  memory(): BackendMemory {
    let bytes = 0;
    for (const buffer of this.#session.buffers) bytes += buffer.bytes;
    return { buffers: this.#session.buffers.size, bytes };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { buffers, programs, engine } = this.#session;
    for (const buffer of [...buffers]) buffer.dispose();
    programs.clear();
    await engine.close();
  }

  #own(buffer: Buffer): WasmBuffer {
    return own(buffer, this.#session);
  }

  #parametersChanged(buffer: WasmBuffer): void {
    buffer.changed();
    for (const program of this.#session.programs) if (program.parameters === buffer) program.refresh();
  }

  /** A failure concerns the buffers of its program. */
  #checkFailures(buffer: WasmBuffer): void {
    for (const program of this.#session.programs) if (program.layout === buffer.layout) program.checkFailure();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RbmError('DISPOSED', 'The backend was used after it had been closed.');
  }
}
