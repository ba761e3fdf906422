import type { EnergyModel, SampleArray } from '@rbm/core';
import {
  type ArgumentKind,
  type Backend,
  type BackendCapabilities,
  type CheckedRows,
  checkArguments,
  DeviceBackend,
  type Site,
} from '@rbm/core/contracts';
import type { GpujsBuffer } from './buffer.js';
import type { Mode } from './engine.js';
import { type GpujsSource, loadGpujs } from './gpu-module.js';
import { type OpenedEngine, openEngine } from './modes.js';
import { nativeOptimizers } from './optimizer-steps.js';
import { GpujsProgram } from './program.js';
import { decide, exchangeRows, exchangeSides, gatherRows } from './rows.js';
import { Queue, type Session } from './session.js';
import { packNumbers } from './transfer.js';
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
  // Whether these are what they should be is found where they are opened.
  const opened: ArgumentKind = { noun: '', example: '', optional: true, is: () => true };
  checkArguments<GpujsOptions>('gpujs', options ?? {}, { gpu: opened, mode: opened });
  const { gpu, mode = 'auto' } = options ?? {};
  return new GpujsBackend(await openEngine(await loadGpujs(gpu), mode));
}

class GpujsBackend extends DeviceBackend<GpujsBuffer> {
  readonly name = 'gpujs';
  readonly info: string;
  readonly capabilities: BackendCapabilities;
  readonly #session: Session;

  constructor({ engine, info, uniforms }: OpenedEngine) {
    super();
    this.#session = { engine, queue: new Queue(), uniforms };
    this.info = info;
    this.capabilities = {
      floatBits: 32,
      error: ERROR,
      random: uniforms ? 'key' : 'generator',
      threads: 1,
      layers: [...Object.keys(builtInUnits), 'potts'],
      optimizers: nativeOptimizers,
      largestBuffer: engine.onHost ? LARGEST_ON_HOST : LARGEST,
    };
  }

  override async sync(): Promise<void> {
    await super.sync();
    await this.#session.engine.settle();
  }

  enqueue(work: () => Promise<void>): void {
    this.#session.queue.enqueue(work);
  }

  download(buffer: GpujsBuffer): Promise<Float64Array> {
    return buffer.program.download(buffer);
  }

  upload(buffer: GpujsBuffer, data: Float64Array): Promise<void> {
    return buffer.program.upload(buffer, packNumbers(buffer, data));
  }

  protected compile(model: EnergyModel): GpujsProgram {
    return new GpujsProgram(this, this.#session, model);
  }

  protected finished(): Promise<void> {
    return this.#session.queue.finished();
  }

  protected async end(): Promise<void> {
    await this.#session.queue.finished();
    await this.#session.engine.close();
  }

  protected override replaceNumbers(target: GpujsBuffer, data: SampleArray): void {
    const parts = packNumbers(target, data);
    target.program.enqueue(() => target.program.upload(target, parts));
  }

  protected override copyNumbers(source: GpujsBuffer, target: GpujsBuffer): void {
    // Arrays on the device never change: both hold the same.
    this.#session.queue.enqueue(async () => {
      for (const [n, array] of source.arrays.entries()) target.replace(n, array?.hold());
    });
  }

  protected override gatherRows(source: GpujsBuffer, rows: Uint32Array, target: GpujsBuffer): void {
    const numbers = rows.slice();
    target.program.run((compiled) => gatherRows(compiled, source, numbers, target));
  }

  protected override exchangeRows(
    a: GpujsBuffer,
    rowsA: Uint32Array,
    b: GpujsBuffer,
    rowsB: Uint32Array,
    accepted: GpujsBuffer,
  ): void {
    const sides = exchangeSides({ buffer: a, rows: rowsA }, { buffer: b, rows: rowsB });
    a.program.run((compiled, scope) => exchangeRows(compiled, sides, accepted, scope));
  }

  protected override decide(accepted: GpujsBuffer, logRatios: readonly CheckedRows<GpujsBuffer>[], site: Site): void {
    accepted.program.run((compiled, scope) => decide(compiled, accepted, logRatios, site, scope));
  }
}
