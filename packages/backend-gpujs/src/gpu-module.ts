import { RbmError } from '@rbm/core';

/** The module `gpu.js`, as far as callers need to know it: whatever its types say of `GPU`, it can be constructed. */
export interface GpujsModule {
  readonly GPU: abstract new (...settings: never[]) => object;
}

/** The module `gpu.js`, or a function that imports it: `() => import('gpu.js')`. */
export type GpujsSource = GpujsModule | (() => unknown);

/** What is used of gpu.js: its own types stay out of ours. */
export interface Gpu {
  createKernel(source: string, settings: KernelSettings): KernelFunction;
  destroy(): Promise<void>;
  readonly context?: unknown;
  readonly kernels: unknown[];
}

/** A function in the language of the device. */
export interface NativeFunction {
  readonly name: string;
  readonly source: string;
}

export interface KernelSettings {
  readonly output: readonly [columns: number, rows: number];
  readonly constants: Readonly<Record<string, number>>;
  readonly functions: readonly string[];
  readonly nativeFunctions: readonly NativeFunction[];
  readonly loopMaxIterations: number;
  readonly precision: 'single';
  readonly tactic: 'precision';
  readonly pipeline: boolean;
  readonly immutable: boolean;
  readonly dynamicOutput: boolean;
  readonly dynamicArguments: boolean;
}

/** A kernel: called with values on the device and numbers, it gives a value on the device. */
export interface KernelFunction {
  (...operands: unknown[]): unknown;
  destroy(): void;
  setOutput(output: readonly [columns: number, rows: number]): unknown;
  /** The one that runs: another than was asked for where gpu.js fell back. */
  readonly kernel: { readonly constructor: unknown; readonly context?: unknown };
}

/** The parts of the module that are called. */
export interface Gpujs {
  readonly GPU: new (settings: { readonly mode: string; readonly context?: unknown; readonly canvas?: unknown }) => Gpu;
  readonly input: (values: Float32Array, size: readonly [columns: number, rows: number]) => unknown;
  readonly WebGPUKernel?: unknown;
  readonly WebGL2Kernel?: unknown;
  readonly WebGLKernel?: unknown;
  readonly HeadlessGLKernel?: unknown;
  readonly WebAssemblyKernel?: unknown;
  readonly CPUKernel?: unknown;
}

const INSTALL =
  'Install it beside this package (npm install gpu.js@^2.24.1; the readme says how to leave out its dependency webgpu) and ' +
  "pass it: gpujs({ gpu: () => import('gpu.js') }).";

/** @throws RbmError `UNSUPPORTED` if the module is missing or is something else. */
export async function loadGpujs(source: GpujsSource | undefined): Promise<Gpujs> {
  let found: unknown = source;
  if (typeof source === 'function') {
    try {
      found = await source();
    } catch (cause) {
      throw new RbmError('UNSUPPORTED', `gpu.js could not be imported: ${cause}. ${INSTALL}`, { cause });
    }
  }
  // A CommonJS module: some loaders and bundlers give what it exports as the default export only.
  for (const candidate of [found, (found as { default?: unknown } | undefined)?.default]) {
    const { GPU, input } = (candidate ?? {}) as Partial<Gpujs>;
    if (typeof GPU === 'function' && typeof input === 'function') return candidate as Gpujs;
  }
  throw new RbmError(
    'UNSUPPORTED',
    `The option "gpu" is not the module gpu.js, nor a function that gives it. ${INSTALL}`,
  );
}
