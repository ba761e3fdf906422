import { type EnergyModel, RbmError, type SampleArray } from '@rbm/core';
import {
  type Backend,
  type BackendCapabilities,
  type CheckedRows,
  checkArguments,
  DeviceBackend,
  argumentKinds as kinds,
  optional,
  type Range,
  type Site,
} from '@rbm/core/contracts';
import { shared, single } from './binary.generated.js';
import { panelsOf, type WasmBuffer } from './buffer.js';
import { nativeLayers } from './compiled-model.js';
import type { Engine } from './engine.js';
import { InlineEngine } from './inline-engine.js';
import { compileKernels, decodeBase64 } from './kernels.js';
import { ADD_NUMBERS, COPY, EXCHANGE_ROWS, FILL, GATHER_ROWS, METROPOLIS } from './opcodes.js';
import { nativeOptimizers } from './optimizer-steps.js';
import { canShareMemory, processors, type WorkerLike } from './platform.js';
import { PoolEngine } from './pool-engine.js';
import { expandCommand } from './products.js';
import { WasmProgram } from './program.js';
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
  checkArguments('wasm', options, {
    threads: {
      ...optional(kinds.number),
      noun: 'a number or "auto"',
      example: '4',
      is: (value) => value === 'auto' || kinds.number.is(value),
    },
    bytes: optional({ ...kinds.record, example: '{ single, shared }' }),
    createWorker: optional(kinds.function),
  });
  const { threads = 'auto', bytes, createWorker = createOwnWorker } = options;
  if (bytes) checkArguments('wasm, bytes', bytes, { single: kinds.bytes, shared: kinds.bytes });
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

class WasmBackend extends DeviceBackend<WasmBuffer> {
  readonly name = 'wasm';
  readonly info: string;
  readonly capabilities: BackendCapabilities;
  readonly #engine: Engine;
  readonly #transfer: Transfer;

  constructor(engine: Engine, why: string) {
    super();
    const { threads } = engine;
    this.#engine = engine;
    this.#transfer = new Transfer(engine.heap, engine.kernels);
    this.info = `wasm backend: WebAssembly SIMD, float32, ${threads} ${threads === 1 ? 'thread' : 'threads'}${why}`;
    this.capabilities = {
      floatBits: 32,
      error: ERROR,
      random: 'key',
      threads,
      layers: Object.keys(nativeLayers),
      optimizers: nativeOptimizers,
      largestBuffer: LARGEST,
    };
  }

  enqueue(work: () => Promise<void>): void {
    this.#engine.host(work);
  }

  download(buffer: WasmBuffer): Float64Array {
    return this.#transfer.unpack(buffer, buffer.address);
  }

  upload(buffer: WasmBuffer, data: Float64Array): void {
    this.#transfer.pack(buffer, data, buffer.address);
  }

  override async downloadPart(buffer: WasmBuffer, part: Range): Promise<Float64Array> {
    return this.#transfer.unpackPart(buffer, buffer.address, part);
  }

  override async uploadPart(buffer: WasmBuffer, part: Range, data: Float64Array): Promise<void> {
    this.#transfer.packPart(buffer, data, buffer.address, part);
  }

  protected compile(model: EnergyModel): WasmProgram {
    return new WasmProgram(this, this.#engine, model);
  }

  protected finished(): Promise<void> {
    return this.#engine.finished();
  }

  protected end(): Promise<void> {
    return this.#engine.close();
  }

  protected override replaceNumbers(target: WasmBuffer, data: SampleArray): void {
    const { heap } = this.#engine;
    const staged = heap.allocate(target.shape.bytes);
    try {
      this.#transfer.pack(target, data, staged.address);
    } catch (error) {
      heap.release(staged);
      throw error;
    }
    this.#engine.run([COPY, target.address, staged.address, target.shape.bytes]);
    this.#engine.release(staged);
  }

  protected override copyNumbers(source: WasmBuffer, target: WasmBuffer): void {
    if (source.shape.storage === target.shape.storage) {
      this.#engine.run([COPY, target.address, source.address, target.shape.bytes]);
    } else {
      this.#engine.run(expandCommand(source, target.address));
    }
  }

  protected override gatherRows(source: WasmBuffer, rows: Uint32Array, target: WasmBuffer): void {
    const { heap } = this.#engine;
    const numbers = heap.allocate(rows.byteLength);
    heap.bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), numbers.address);
    const { shape } = source;
    const panels = panelsOf(shape.columns);
    const bytes = shape.bytes / (panels * shape.rows);
    const into = [target.shape.rows, bytes, numbers.address, target.address];
    this.#engine.run([GATHER_ROWS, source.address, shape.rows, panels, ...into]);
    this.#engine.release(numbers);
  }

  protected override exchangeRows(
    a: WasmBuffer,
    rowsA: Uint32Array,
    b: WasmBuffer,
    rowsB: Uint32Array,
    accepted: WasmBuffer,
  ): void {
    const { heap } = this.#engine;
    const count = rowsA.length;
    const pairs = heap.allocate(8 * count);
    const words = new Uint32Array(heap.memory.buffer, pairs.address, 2 * count);
    for (let k = 0; k < count; k++) {
      words[2 * k] = rowsA[k] as number;
      words[2 * k + 1] = rowsB[k] as number;
    }
    const panels = panelsOf(a.shape.columns);
    const bytes = a.shape.bytes / (panels * a.shape.rows);
    const buffers = [a.address, a.shape.rows, b.address, b.shape.rows];
    this.#engine.run([EXCHANGE_ROWS, ...buffers, panels, bytes, pairs.address, count, accepted.address]);
    this.#engine.release(pairs);
  }

  protected override decide(
    accepted: WasmBuffer,
    logRatios: readonly CheckedRows<WasmBuffer>[],
    { random, step, firstChain = 0 }: Site,
  ): void {
    const { address, length, shape } = accepted;
    this.#engine.run([FILL, address, shape.bytes]);
    for (const { rows, scale } of logRatios) this.#engine.run([ADD_NUMBERS, length, rows.address, scale, address]);
    this.#engine.run([METROPOLIS, length, address, ...random.key, step, firstChain]);
  }

  /** The copy that is read is made in order, without a halt of the threads. */
  protected override async readNumbers(source: WasmBuffer): Promise<Float64Array> {
    const engine = this.#engine;
    const staged = engine.heap.allocate(source.shape.bytes);
    engine.run([COPY, staged.address, source.address, source.shape.bytes]);
    try {
      await engine.finished();
      return this.#transfer.unpack(source, staged.address);
    } finally {
      engine.release(staged);
    }
  }
}
