import { RbmError } from '@rbm/core';
import type { Gpu, Gpujs, KernelFunction } from './gpu-module.js';
import { uploadSource } from './sources.js';

/** The modes of gpu.js in which this backend runs. */
export type Mode = 'webgpu' | 'webgl2' | 'webasm' | 'cpu';

/** The classes of gpu.js that run kernels, in each mode. */
const expectedClass = {
  webgpu: 'WebGPUKernel',
  webgl2: 'WebGL2Kernel',
  webasm: 'WebAssemblyKernel',
  cpu: 'CPUKernel',
} as const;
const kernelClasses = [...Object.values(expectedClass), 'WebGLKernel', 'HeadlessGLKernel'] as const;

/** Numbers on the device, `[rows, columns]`, that never change. Counted: freed when nobody holds it any more. */
export class DeviceArray {
  readonly handle: unknown;
  readonly columns: number;
  readonly rows: number;
  readonly #free: () => void;
  #holders = 1;

  constructor(handle: unknown, columns: number, rows: number, free: () => void) {
    this.handle = handle;
    this.columns = columns;
    this.rows = rows;
    this.#free = free;
  }

  /** One more holder. */
  hold(): this {
    this.#holders++;
    return this;
  }

  /** One holder less. */
  release(): void {
    if (--this.#holders === 0) this.#free();
  }
}

/** What defines a kernel: a source, the sizes that are baked into it, and the functions it calls. */
export interface KernelDescription {
  readonly source: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly functions?: readonly string[];
  readonly columns: number;
  readonly rows: number;
}

/** The most that a loop may run. gpu.js bounds loops whose end is not a constant. */
const LONGEST_LOOP = 0x7fffffff;

/**
 * One source at one shape. gpu.js gives each compiled kernel one output, which its next call overwrites: so there are as
 * many of them as results that are held at once, and a call takes one whose result nobody holds any more. In a steady
 * state nothing is compiled and nothing allocated (but by gpu.js itself on `webasm`, where each call gives a new array).
 */
export class DeviceKernel {
  readonly #engine: Engine;
  readonly #description: KernelDescription;
  readonly #idle: KernelFunction[] = [];
  #retired = false;

  constructor(engine: Engine, description: KernelDescription) {
    this.#engine = engine;
    this.#description = description;
  }

  /** @param operands Numbers, values on the device, or what is uploaded for this call. */
  async run(...operands: readonly unknown[]): Promise<DeviceArray> {
    const { columns, rows } = this.#description;
    const writer = this.#idle.pop() ?? this.#engine.compile(this.#description);
    let handle: unknown;
    try {
      handle = await writer(...operands.map((operand) => (operand instanceof DeviceArray ? operand.handle : operand)));
      this.#engine.checkWriter(writer);
    } catch (error) {
      this.#engine.discard(writer);
      throw error;
    }
    return this.#engine.track(handle, columns, rows, () => {
      if (this.#retired) this.#engine.discard(writer);
      else this.#idle.push(writer);
    });
  }

  /** Releases what was compiled: now, or when the results are released. */
  retire(): void {
    this.#retired = true;
    for (const writer of this.#idle.splice(0)) this.#engine.discard(writer);
  }
}

/** gpu.js in one mode: compiles kernels, brings numbers to the device and back, and knows whether the device is lost. */
export class Engine {
  readonly mode: Mode;
  readonly #gpujs: Gpujs;
  readonly #gpu: Gpu;
  /** The context of the last kernel: of WebGPU, or of WebGL. */
  #context: unknown;
  #kernelClass = '';
  #live = 0;

  constructor(gpujs: Gpujs, mode: Mode) {
    this.mode = mode;
    this.#gpujs = gpujs;
    this.#gpu = new gpujs.GPU({ mode });
  }

  /** Arrays on the device that somebody holds. */
  get live(): number {
    return this.#live;
  }

  /** The class of the kernel that ran last. */
  get kernelClass(): string {
    return this.#kernelClass;
  }

  /** What runs the kernels: a context of WebGL, or the adapter and device of WebGPU. */
  get context(): unknown {
    return this.#context ?? this.#gpu.context;
  }

  compile({ source, constants, functions = [], columns, rows }: KernelDescription): KernelFunction {
    return this.#gpu.createKernel(source, {
      output: [columns, rows],
      constants,
      functions,
      loopMaxIterations: LONGEST_LOOP,
      pipeline: true,
      immutable: false,
    });
  }

  /** @throws RbmError `BACKEND_FAILED` if gpu.js fell back to another engine. */
  checkWriter({ kernel }: KernelFunction): void {
    this.#context = kernel.context ?? this.#context;
    // By identity: a minifier may have renamed the class.
    this.#kernelClass = kernelClasses.find((name) => this.#gpujs[name] === kernel.constructor) ?? 'unknown';
    if (this.#kernelClass === expectedClass[this.mode]) return;
    throw new RbmError('BACKEND_FAILED', `gpu.js was to run on ${this.mode}, but its ${this.#kernelClass} ran.`);
  }

  discard(writer: KernelFunction): void {
    const { kernel } = writer;
    try {
      writer.destroy();
    } catch {
      // A lost device has released it.
    }
    const index = this.#gpu.kernels.indexOf(kernel);
    if (index >= 0) this.#gpu.kernels.splice(index, 1);
  }

  track(handle: unknown, columns: number, rows: number, free: () => void): DeviceArray {
    this.#live++;
    return new DeviceArray(handle, columns, rows, () => {
      this.#live--;
      // A handle of WebGPU counts as a holder of its buffer; a texture of WebGL is its kernel's own.
      if (this.mode === 'webgpu') (handle as { delete(): void }).delete();
      free();
    });
  }

  /** Numbers of the host, `[rows, columns]`, as an operand of an upload or of a kernel on the host. */
  operand(data: Float32Array, columns: number, rows: number): unknown {
    return this.#onHost ? splitRows(data, columns, rows) : this.#gpujs.input(data, [columns, rows]);
  }

  /** Whether kernels read and write arrays of the host. */
  get #onHost(): boolean {
    return this.mode === 'webasm' || this.mode === 'cpu';
  }

  /** @param upload The kernel for the shape, where there is a device to upload to. */
  async upload(data: Float32Array, columns: number, rows: number, upload: DeviceKernel): Promise<DeviceArray> {
    const operand = this.operand(data, columns, rows);
    return this.#onHost ? this.track(operand, columns, rows, () => {}) : upload.run(operand);
  }

  uploadKernel(columns: number, rows: number): DeviceKernel {
    return new DeviceKernel(this, { source: uploadSource, constants: {}, columns, rows });
  }

  /** @returns The numbers, row after row. */
  async download({ handle, columns, rows }: DeviceArray): Promise<Float32Array> {
    this.checkDevice();
    const found = this.#onHost ? handle : await (handle as { toArray(): unknown }).toArray();
    this.checkDevice();
    const out = new Float32Array(columns * rows);
    (found as readonly Float32Array[]).forEach((row, r) => {
      out.set(row, r * columns);
    });
    return out;
  }

  /** @throws RbmError `BACKEND_FAILED` if the device or context is lost: what it held is gone. */
  checkDevice(): void {
    const context = this.context as { isLost?: boolean; isContextLost?: () => boolean } | undefined;
    const lost = this.mode === 'webgpu' ? context?.isLost : this.mode === 'webgl2' && context?.isContextLost?.();
    if (!lost) return;
    throw new RbmError(
      'BACKEND_FAILED',
      `The ${this.mode === 'webgpu' ? 'WebGPU device' : 'WebGL context'} was lost, and with it what it held. Close the ` +
        'backend, make another one, and go on from the last snapshot.',
    );
  }

  async close(): Promise<void> {
    await this.#gpu.destroy();
  }
}

function splitRows(data: Float32Array, columns: number, rows: number): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}
