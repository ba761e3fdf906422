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
import type { GpujsBuffer } from './buffer.js';
import type { Mode } from './engine.js';
import { type GpujsSource, loadGpujs } from './gpu-module.js';
import { type OpenedEngine, openEngine } from './modes.js';
import { GpujsProgram } from './program.js';
import { decide, exchangeRows, exchangeSides, gatherRows } from './rows.js';
import { own, Queue, type Session } from './session.js';
import { builtInUnits } from './units.js';

/** What `gpujs` takes. */
export interface GpujsOptions {
  /** The module gpu.js, or a function that imports it: `() => import('gpu.js')`. */
  readonly gpu: GpujsSource;
  /**
   * Which engine of gpu.js computes. `auto` (default) takes the first that gives right results: WebGPU, then WebGL2, where
   * they run on real graphics hardware, then WebAssembly, and plain JavaScript last.
   */
  readonly mode?: Mode | 'auto';
}

/** Rounding of float32 sums of some thousands of terms, and of the functions of graphics hardware, with room to spare. */
const ERROR = 1e-4;
/** Textures and bindings of graphics hardware have limits: 64 MiB of float32 fit everywhere. */
const LARGEST = 2 ** 24;
const LARGEST_ON_HOST = 2 ** 26;

/**
 * The gpu.js backend: WebGPU and WebGL2 for graphics hardware, WebAssembly and JavaScript elsewhere.
 *
 * @throws RbmError `UNSUPPORTED` if gpu.js is missing, or if the mode does not work here; `ARGUMENT_INVALID` for a mode
 * that does not exist.
 */
export async function gpujs(options: GpujsOptions): Promise<Backend> {
  const { gpu, mode = 'auto' } = options ?? {};
  return new GpujsBackend(await openEngine(await loadGpujs(gpu), mode));
}

class GpujsBackend implements Backend {
  readonly specVersion = 1;
  readonly name = 'gpujs';
  readonly info: string;
  readonly capabilities: BackendCapabilities;
  readonly #session: Session;
  #closed = false;

  constructor({ engine, info, uniforms }: OpenedEngine) {
    this.#session = { engine, queue: new Queue(), uniforms, buffers: new Set(), programs: new Set() };
    this.info = info;
    this.capabilities = {
      floatBits: 32,
      error: ERROR,
      random: uniforms ? 'key' : 'generator',
      threads: 1,
      layers: [...Object.keys(builtInUnits), 'potts'],
      optimizers: ['sgd', 'centred-sgd'],
      largestBuffer: engine.onHost ? LARGEST_ON_HOST : LARGEST,
    };
  }

  async prepare(model: EnergyModel): Promise<Program> {
    this.#checkOpen();
    return GpujsProgram.prepare(this, this.#session, model);
  }

  write(buffer: Buffer, data: SampleArray): void {
    this.#checkOpen();
    const target = this.#own(buffer);
    if (data.length !== target.length) {
      throw new RbmError('SHAPE_MISMATCH', `The buffer holds ${target.length} numbers, not ${data.length}.`);
    }
    target.program.write(target, data);
  }

  copy(source: Buffer, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.#own(source), this.#own(target)];
    const same = from.spec.holds === to.spec.holds || (from.spec.holds === 'states' && to.spec.holds === 'means');
    if (!same || from.length !== to.length || !sameShapes(from, to)) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer of ${from.length} numbers that holds ${from.spec.holds} cannot be copied to one of ${to.length} ` +
          `that holds ${to.spec.holds}.`,
      );
    }
    // Arrays on the device never change: both hold the same.
    this.#session.queue.enqueue(async () => {
      for (const [n, array] of from.arrays.entries()) to.replace(n, array?.hold());
    });
  }

  gather(source: Buffer, rows: Uint32Array, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.#own(source), this.#own(target)];
    checkGather(from.spec, rows, to.spec);
    const numbers = rows.slice();
    to.program.enqueue((compiled) => gatherRows(compiled, from, numbers, to));
  }

  exchange(a: Buffer, rowsA: Uint32Array, b: Buffer, rowsB: Uint32Array, accepted: Buffer): void {
    this.#checkOpen();
    const [first, second, decisions] = [this.#own(a), this.#own(b), this.#own(accepted)];
    checkExchange(first.spec, rowsA, second.spec, rowsB, decisions.spec, first === second);
    const sides = exchangeSides({ buffer: first, rows: rowsA }, { buffer: second, rows: rowsB });
    first.program.enqueue((compiled, scope) => exchangeRows(compiled, sides, decisions, scope));
  }

  metropolis(accepted: Buffer, logRatios: readonly ScaledRows[], site: Site): void {
    this.#checkOpen();
    const out = this.#own(accepted);
    const terms = logRatios.map(({ rows, scale }) => ({ rows: this.#own(rows), scale }));
    checkLogRatios(
      out.spec,
      terms.map(({ rows }) => rows.spec),
    );
    out.program.enqueue((compiled, scope) => decide(compiled, out, terms, site, scope));
  }

  async read(buffer: Buffer): Promise<Float64Array> {
    this.#checkOpen();
    const source = this.#own(buffer);
    const { program } = source;
    let found: Promise<Float64Array> | undefined;
    this.#session.queue.enqueue(async () => {
      found = program.download(source);
      await found.catch(() => {});
    });
    await this.#session.queue.finished();
    program.checkFailure();
    return program.guard(found as Promise<Float64Array>);
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    await this.#session.queue.finished();
    for (const program of this.#session.programs) program.checkFailure();
    await this.#session.engine.settle();
  }

  memory(): BackendMemory {
    let bytes = 0;
    for (const buffer of this.#session.buffers) bytes += buffer.bytes;
    return { buffers: this.#session.buffers.size, bytes };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { buffers, programs, engine, queue } = this.#session;
    for (const program of [...programs]) program.dispose();
    for (const buffer of [...buffers]) buffer.dispose();
    await queue.finished();
    await engine.close();
  }

  #own(buffer: Buffer): GpujsBuffer {
    return own(buffer, this.#session);
  }

  #checkOpen(): void {
    if (this.#closed) throw new RbmError('DISPOSED', 'The backend was used after it had been closed.');
  }
}

function sameShapes(a: GpujsBuffer, b: GpujsBuffer): boolean {
  return (
    a.shapes.length === b.shapes.length &&
    a.shapes.every(({ columns, rows }, n) => b.shapes[n]?.columns === columns && b.shapes[n]?.rows === rows)
  );
}
