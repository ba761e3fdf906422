import type { Engine } from './engine.js';
import type { Block } from './heap.js';

/** Working memory of a program, kept from call to call: the same memory for the same purpose, larger when needed. */
export class Workspace {
  readonly #engine: Engine;
  readonly #blocks: Map<string, Block> = new Map();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How many threads need memory of their own. */
  get threads(): number {
    return this.#engine.threads;
  }

  /** Address of memory of unspecified content. */
  take(purpose: string, bytes: number): number {
    const known = this.#blocks.get(purpose);
    if (known && known.bytes >= bytes) return known.address;
    const block = this.#engine.heap.allocate(bytes);
    if (known) this.#engine.release(known);
    this.#blocks.set(purpose, block);
    return block.address;
  }

  dispose(): void {
    for (const block of this.#blocks.values()) this.#engine.release(block);
    this.#blocks.clear();
  }
}
