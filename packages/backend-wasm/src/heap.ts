import { RbmError } from '@rbm/core';
import type { WasmMemory } from './platform.js';

/** A piece of memory. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Blocks begin where cache lines and rows of panels do. */
const ALIGNMENT = 128;
const PAGE = 65536;

/**
 * Gives out pieces of a WebAssembly memory, first fit, and grows it when none is large enough. Views of the memory are
 * made anew after it has grown.
 */
export class Heap {
  readonly memory: WasmMemory;
  /** Free blocks by address, no two of which touch. */
  #free: { address: number; bytes: number }[] = [];
  #end: number;
  #views: Views;

  /** @param start Where the first block may begin. */
  constructor(memory: WasmMemory, start: number) {
    this.memory = memory;
    this.#end = memory.buffer.byteLength;
    const first = roundUp(start, ALIGNMENT);
    if (this.#end > first) this.#free.push({ address: first, bytes: this.#end - first });
    this.#views = viewsOf(memory);
  }

  get bytes(): Uint8Array {
    return this.#views.bytes;
  }

  get doubles(): Float64Array {
    return this.#views.doubles;
  }

  /** Memory of unspecified content. @throws RbmError `SIZE_LIMIT` if there is not enough. */
  allocate(bytes: number): Block {
    const wanted = Math.max(roundUp(bytes, ALIGNMENT), ALIGNMENT);
    let index = 0;
    while (index < this.#free.length && (this.#free[index] as Block).bytes < wanted) index++;
    if (index === this.#free.length) index = this.#grow(wanted);
    const block = this.#free[index] as { address: number; bytes: number };
    const { address } = block;
    block.address += wanted;
    block.bytes -= wanted;
    if (block.bytes === 0) this.#free.splice(index, 1);
    return { address, bytes: wanted };
  }

  release({ address, bytes }: Block): void {
    let index = 0;
    while (index < this.#free.length && (this.#free[index] as Block).address < address) index++;
    this.#free.splice(index, 0, { address, bytes });
    this.#join(index);
    this.#join(index - 1);
  }

  /** Joins a free block with the one after it, if they touch. */
  #join(index: number): void {
    const block = this.#free[index];
    const next = this.#free[index + 1];
    if (!block || !next || block.address + block.bytes !== next.address) return;
    block.bytes += next.bytes;
    this.#free.splice(index + 1, 1);
  }

  /** Makes a free block of at least `wanted` bytes at the end. @returns Its index. */
  #grow(wanted: number): number {
    const last = this.#free.at(-1);
    const atEnd = last && last.address + last.bytes === this.#end ? last.bytes : 0;
    // At least an eighth more than there was, so that many small requests grow it few times.
    const least = wanted - atEnd;
    for (const bytes of [Math.max(least, this.#end >>> 3), least]) {
      try {
        const pages = Math.ceil(bytes / PAGE);
        this.memory.grow(pages);
        this.#views = viewsOf(this.memory);
        this.release({ address: this.#end, bytes: pages * PAGE });
        this.#end += pages * PAGE;
        return this.#free.length - 1;
      } catch {
        // Refused: try with less.
      }
    }
    throw new RbmError(
      'SIZE_LIMIT',
      `${wanted} bytes more than the ${this.#end} in use could not be had: WebAssembly addresses at most 4 GiB. ` +
        'Use fewer chains or smaller batches.',
    );
  }
}

function viewsOf(memory: WasmMemory): Views {
  const { buffer } = memory;
  return { bytes: new Uint8Array(buffer), doubles: new Float64Array(buffer) };
}

interface Views {
  readonly bytes: Uint8Array;
  readonly doubles: Float64Array;
}

function roundUp(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
