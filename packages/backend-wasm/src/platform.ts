/** What this package uses of its platform, declared here since it compiles without the types of Node or of browsers. */

/** Memory of a WebAssembly module. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module: opaque, and it can be sent to a worker. */
export type WasmModule = object;

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<{ readonly exports: object }>;
  readonly Memory: new (options: { initial: number; maximum: number; shared?: boolean }) => WasmMemory;
}

/** A worker, in the words of browsers; those of Node are adapted to it. */
export interface WorkerLike {
  /** Sends what the worker needs to start. */
  postMessage(message: unknown): void;
  /** Ends it, whatever it does. */
  terminate(): unknown;
  /** Node only: from now on the worker keeps the process alive. */
  ref?(): void;
  /** Node only: from now on it does not. */
  unref?(): void;
  /** Node. */
  on?(event: string, listener: (value: unknown) => void): unknown;
  /** Browsers. */
  addEventListener?(
    event: string,
    listener: (event: { readonly data?: unknown; readonly message?: string }) => void,
  ): void;
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

interface Platform {
  readonly WebAssembly: WebAssemblyApi;
  readonly process?: NodeProcess;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (url: string) => WorkerLike;
  readonly Blob?: new (parts: string[], options: { type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
  readonly crossOriginIsolated?: boolean;
  atob(base64: string): string;
}

export const platform: Platform = globalThis as unknown as Platform;

/** A module of Node, without an import that a bundler would see; `undefined` elsewhere. */
export function nodeModule<Module>(name: string): Module | undefined {
  return platform.process?.getBuiltinModule?.(name) as Module | undefined;
}

/** Whether memory can be shared with workers: everywhere in Node, in browsers on pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer === 'function' && platform.crossOriginIsolated !== false;
}

/** How many threads this machine runs at once. */
export function processors(): number {
  const os = nodeModule<{ availableParallelism(): number }>('node:os');
  return os?.availableParallelism() ?? platform.navigator?.hardwareConcurrency ?? 1;
}
