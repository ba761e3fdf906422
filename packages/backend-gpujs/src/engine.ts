import { RbmError } from '@rbm/core';
import type { Gpu, Gpujs, KernelFunction, NativeFunction } from './gpu-module.js';
import { gatherEntriesSource, gatherSource, uploadSource } from './sources.js';

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

/** The sizes of an array on the device. */
export interface Shape {
  readonly columns: number;
  readonly rows: number;
}

/** What the loops of a kernel run over: what its source calls `this.constants.name`. */
export type Sizes = Readonly<Record<string, number>>;

/** A compiled kernel that nobody holds the result of, as it ran last. */
interface IdleWriter {
  readonly writer: KernelFunction;
  readonly key: string;
  readonly bytes: number;
}

/** A compiled kernel and the result it gave. */
interface Written {
  readonly writer: KernelFunction;
  readonly handle: unknown;
}

/** The most that a loop may run. gpu.js bounds loops whose end is not a constant. */
const LONGEST_LOOP = 0x7fffffff;
/** The most idle writers that a kernel keeps. */
const MOST_IDLE = 12;
/** Runs of a kernel within which a shape that lost its writer to another is taken for one that comes again and again. */
const RECENT = 16;
const MOST_DISPLACED = 64;
/** Bytes up to which an idle writer's result is kept when there is no program left. */
const SMALL = 0x10000;

/**
 * One source. gpu.js gives each compiled kernel one output, which its next call overwrites: so there are as many of them as
 * results that are held at once, and a call takes one whose result nobody holds any more, of the same shape if there is
 * one. In a steady state nothing is compiled and nothing allocated. On `webasm` gpu.js gives each result an array of its
 * own, and one compiled kernel is enough. On a device, sizes are arguments, so that one compiled kernel serves all shapes;
 * elsewhere they are constants, and those of operands are compiled too.
 */
export class DeviceKernel {
  readonly #engine: Engine;
  readonly #source: string;
  readonly #functions: readonly string[];
  readonly #natives: readonly NativeFunction[];
  readonly #sizes: readonly string[];
  readonly #idle: IdleWriter[] = [];
  /** At which run a shape lost a writer to another. */
  readonly #displaced: Map<string, number> = new Map();
  #runs = 0;

  constructor(engine: Engine, source: string, functions: readonly string[], natives: readonly NativeFunction[]) {
    this.#engine = engine;
    this.#functions = functions;
    this.#natives = natives;
    this.#sizes = [...new Set(Array.from(source.matchAll(/this\.constants\.(\w+)/g), ([, name]) => name as string))];
    this.#source = engine.onHost ? source : sizesAsArguments(source, this.#sizes);
  }

  /** @param operands Numbers, values on the device, or what is uploaded for this call. */
  async run({ columns, rows }: Shape, sizes: Sizes, ...operands: readonly unknown[]): Promise<DeviceArray> {
    const engine = this.#engine;
    engine.checkDevice();
    const given = this.#sizes.map((name) => sizes[name] as number);
    const key = engine.onHost ? `${columns} ${rows} ${given.join(' ')} ${sizesOf(operands)}` : `${columns} ${rows}`;
    const handles = operands.map((operand) => (operand instanceof DeviceArray ? operand.handle : operand));
    if (!engine.onHost) handles.push(...given);
    const call = (): Promise<Written> => this.#write(this.#take(key, columns, rows, sizes), handles);
    const { writer, handle } = await call().catch((error: unknown) => {
      if (!engine.freshResults || !(error instanceof RangeError)) throw error;
      // On `webasm` each compiled kernel has a memory of its own, and browsers give a hundred or so: idle ones make room.
      engine.trim();
      return call();
    });
    const free = (): void => {
      this.#idle.push({ writer, key, bytes: 4 * columns * rows });
    };
    if (!engine.freshResults) return engine.track(handle, columns, rows, free);
    free();
    return engine.track(handle, columns, rows, () => {});
  }

  async #write(writer: KernelFunction, handles: readonly unknown[]): Promise<Written> {
    try {
      const handle = await writer(...handles);
      this.#engine.checkWriter(writer);
      return { writer, handle };
    } catch (error) {
      this.#engine.discard(writer);
      throw error;
    }
  }

  /** Releases what was compiled and whose result nobody holds; on a device those with small results only with `all`. */
  trim(all: boolean): void {
    for (const idle of this.#idle.splice(0)) {
      if (all || this.#engine.onHost || idle.bytes > SMALL) this.#engine.discard(idle.writer);
      else this.#idle.push(idle);
    }
  }

  #take(key: string, columns: number, rows: number, constants: Sizes): KernelFunction {
    const engine = this.#engine;
    const run = ++this.#runs;
    const index = this.#idle.findLastIndex((idle) => idle.key === key);
    if (index >= 0) return (this.#idle.splice(index, 1)[0] as IdleWriter).writer;
    const full = this.#idle.length >= MOST_IDLE;
    // Shapes that alternate get a writer each; others share what is there, since to compile takes long on a device.
    const recurs = run - (this.#displaced.get(key) ?? Number.NEGATIVE_INFINITY) <= RECENT;
    if (full || (!engine.onHost && !recurs && this.#idle.length > 0)) {
      const { writer, key: former } = this.#idle.shift() as IdleWriter;
      if (!engine.onHost) {
        if (this.#displaced.size > MOST_DISPLACED) this.#displaced.clear();
        this.#displaced.set(former, run);
        writer.setOutput([columns, rows]);
        return writer;
      }
      engine.discard(writer);
    }
    return engine.compile(
      this.#source,
      this.#functions,
      this.#natives,
      [columns, rows],
      engine.onHost ? constants : {},
    );
  }
}

/** The sizes of the operands that are arrays. */
function sizesOf(operands: readonly unknown[]): string {
  let sizes = '';
  for (const operand of operands) if (operand instanceof DeviceArray) sizes += `${operand.columns} ${operand.rows} `;
  return sizes;
}

/** Sizes as further arguments, in order. */
function sizesAsArguments(source: string, sizes: readonly string[]): string {
  return source
    .replace(/this\.constants\.(\w+)/g, 'size_$1')
    .replace(
      /\(([^)]*)\)/,
      (_, given) => `(${[given, ...sizes.map((name) => `size_${name}`)].filter(Boolean).join(', ')})`,
    );
}

/** gpu.js in one mode: compiles kernels, brings numbers to the device and back, and knows whether the device is lost. */
export class Engine {
  readonly mode: Mode;
  readonly #gpujs: Gpujs;
  readonly #gpu: Gpu;
  /** The context of the last kernel: of WebGPU, or of WebGL. */
  #context: unknown;
  #kernelClass = '';
  readonly #kernels: Map<string, DeviceKernel> = new Map();
  #live = 0;

  constructor(gpujs: Gpujs, mode: Mode) {
    this.mode = mode;
    this.#gpujs = gpujs;
    this.#gpu = new gpujs.GPU({ mode, ...(mode === 'webgl2' ? openWebgl2() : {}) });
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

  /** The kernel of a source; the same one for the same source. */
  kernel(source: string, functions: readonly string[] = [], natives: readonly NativeFunction[] = []): DeviceKernel {
    const key = [source, ...functions].join('\n');
    const known = this.#kernels.get(key);
    if (known) return known;
    const kernel = new DeviceKernel(this, source, functions, natives);
    this.#kernels.set(key, kernel);
    return kernel;
  }

  /** Releases what no program needs: small kernels may stay for the next one, until `close`. */
  trim(all = false): void {
    for (const kernel of this.#kernels.values()) kernel.trim(all);
    if (all) this.#kernels.clear();
  }

  compile(
    source: string,
    functions: readonly string[],
    natives: readonly NativeFunction[],
    output: readonly [columns: number, rows: number],
    constants: Sizes,
  ): KernelFunction {
    return this.#gpu.createKernel(source, {
      output,
      constants,
      functions,
      nativeFunctions: natives,
      loopMaxIterations: LONGEST_LOOP,
      // Else gpu.js chooses by the size of the result how many bits floats have, on hardware that offers fewer.
      precision: 'single',
      tactic: 'precision',
      pipeline: true,
      immutable: false,
      dynamicOutput: !this.onHost,
      dynamicArguments: !this.onHost,
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
    return this.onHost ? splitRows(data, columns, rows) : this.#gpujs.input(data, [columns, rows]);
  }

  /** Whether each call of a kernel gives an array of its own. */
  get freshResults(): boolean {
    return this.mode === 'webasm';
  }

  /** Whether kernels read and write arrays of the host. */
  get onHost(): boolean {
    return this.mode === 'webasm' || this.mode === 'cpu';
  }

  async upload(data: Float32Array, shape: Shape): Promise<DeviceArray> {
    const operand = this.operand(data, shape.columns, shape.rows);
    if (this.onHost) return this.track(operand, shape.columns, shape.rows, () => {});
    return this.kernel(uploadSource).run(shape, {}, operand);
  }

  /** Rows of an array by their numbers, or entries of its only row. */
  async gather(
    what: 'rows' | 'entries',
    source: DeviceArray,
    numbers: Uint32Array,
    shape: Shape,
  ): Promise<DeviceArray> {
    const entries = what === 'entries';
    if (this.onHost) {
      const rows = source.handle as readonly Float32Array[];
      const row = rows[0] as Float32Array;
      const gathered = entries
        ? [Float32Array.from(numbers, (n) => row[n] as number)]
        : Array.from(numbers, (n) => (rows[n] as Float32Array).slice());
      return this.track(gathered, shape.columns, shape.rows, () => {});
    }
    const kernel = this.kernel(entries ? gatherEntriesSource : gatherSource);
    return kernel.run(shape, {}, source, this.operand(Float32Array.from(numbers), numbers.length, 1));
  }

  /** @returns The numbers, row after row. */
  async download({ handle, columns, rows }: DeviceArray): Promise<Float32Array> {
    this.checkDevice();
    const found = this.onHost ? handle : await (handle as { toArray(): unknown }).toArray();
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

  /** Resolves when the device has done what it was given. @throws RbmError `BACKEND_FAILED` if it was lost. */
  async settle(): Promise<void> {
    if (this.mode === 'webgpu') {
      const context = this.context as { device: { queue: { onSubmittedWorkDone(): Promise<void> } } };
      await context.device.queue.onSubmittedWorkDone();
      // The loss of a device is told in a turn of its own.
      await pause();
    }
    if (this.mode === 'webgl2') await passFence(this.context as FencedContext);
    this.checkDevice();
  }

  async close(): Promise<void> {
    this.trim(true);
    await this.#gpu.destroy();
  }
}

/**
 * A context of WebGL2 for gpu.js, which would give its canvas the size of the largest result, and room to draw it in: what it
 * takes for the canvas here is nothing but a width and a height.
 *
 * @throws RbmError `UNSUPPORTED` where there is none.
 */
function openWebgl2(): { context: unknown; canvas: { width: number; height: number } } {
  type Canvas = { getContext(name: string, settings: Readonly<Record<string, boolean>>): unknown };
  const { OffscreenCanvas, document } = globalThis as unknown as {
    OffscreenCanvas?: new (width: number, height: number) => Canvas;
    document?: { createElement(name: string): Canvas };
  };
  const surface = OffscreenCanvas ? new OffscreenCanvas(1, 1) : document?.createElement('canvas');
  const context = surface?.getContext('webgl2', { alpha: false, depth: false, antialias: false });
  if (!context) throw new RbmError('UNSUPPORTED', 'There is no context of WebGL2 here.');
  return { context, canvas: { width: 1, height: 1 } };
}

/** What is used of WebGL2 to wait. */
interface FencedContext {
  readonly SYNC_GPU_COMMANDS_COMPLETE: number;
  readonly TIMEOUT_EXPIRED: number;
  fenceSync(condition: number, flags: number): unknown;
  clientWaitSync(fence: unknown, flags: number, timeout: number): number;
  deleteSync(fence: unknown): void;
  flush(): void;
  isContextLost(): boolean;
}

/** Resolves when WebGL has drawn what it was given, or is lost. */
async function passFence(gl: FencedContext): Promise<void> {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  while (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await pause();
  gl.deleteSync(fence);
}

/** Lets the event loop turn. */
function pause(): Promise<void> {
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void, milliseconds: number): unknown };
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function splitRows(data: Float32Array, columns: number, rows: number): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}
