import { RbmError } from '@rbm/core';
import { platform, type WasmMemory, type WasmModule } from './platform.js';

/** What the modules export to the caller's thread. */
export interface Kernels {
  /** The share of one thread in the command at an address. */
  execute(command: number, thread: number, threads: number, slot: number): void;
  /** Whole commands, one after the other, on this thread. */
  executeAll(first: number, count: number): void;
  packFloats(source: number, type: number, rows: number, columns: number, target: number, targetRows: number): void;
  unpackFloats(source: number, sourceRows: number, rows: number, columns: number, target: number): void;
  packBits(
    source: number,
    type: number,
    rows: number,
    columns: number,
    target: number,
    low: number,
    high: number,
    targetRows: number,
  ): number;
  unpackBits(source: number, rows: number, columns: number, target: number, low: number, high: number): void;
}

/** Modules import nothing but their memory: a trap has no message of its own. */
export function imports(memory: WasmMemory): object {
  return { env: { memory } };
}

/** @throws RbmError `UNSUPPORTED` where WebAssembly with SIMD is missing. */
export async function compileKernels(bytes: Uint8Array): Promise<WasmModule> {
  try {
    return await platform.WebAssembly.compile(bytes);
  } catch (cause) {
    throw new RbmError(
      'UNSUPPORTED',
      'The WebAssembly module could not be compiled: it needs 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, ' +
        'Safari 16.4 or newer), and a page whose content security policy allows it ("wasm-unsafe-eval").',
      { cause },
    );
  }
}

export async function instantiate(module: WasmModule, memory: WasmMemory): Promise<Kernels> {
  const instance = await platform.WebAssembly.instantiate(module, imports(memory));
  return instance.exports as Kernels;
}

/** Bytes from base64, by the one function that Node and browsers share. */
export function decodeBase64(text: string): Uint8Array {
  const characters = platform.atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
