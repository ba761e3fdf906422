import type { Engine } from './engine.js';
import type { Block } from './heap.js';

/** Working memory of a program, kept from call to call: the same memory for the same purpose, larger when needed. */
export class Workspace {
  readonly #engine: Engine;
  readonly #blocks: Map<string, Block> = new Map();

  #turn = 0;
  #moves = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How many threads need memory of their own. */
  get threads(): number {
    return this.#engine.threads;
  }

  /** How often memory was given a new place: addresses taken before may then be wrong. */
  get moves(): number {
    return this.#moves;
  }

  /** As `take`, but not where it was the time before: for what is still read while its successor is written. */
  alternate(purpose: string, bytes: number): number {
    this.#turn = 1 - this.#turn;
    return this.take(`${purpose} ${this.#turn}`, bytes);
  }

  /** Address of memory of unspecified content. */
  take(purpose: string, bytes: number): number {
    const known = this.#blocks.get(purpose);
    if (known && known.bytes >= bytes) return known.address;
    const block = this.#engine.heap.allocate(bytes);
    if (known) this.#engine.release(known);
    this.#moves++;
    this.#blocks.set(purpose, block);
    return block.address;
  }

  dispose(): void {
    for (const block of this.#blocks.values()) this.#engine.release(block);
    this.#blocks.clear();
  }
}
