import type { Layer } from '../layers/layer.js';
import type { PairInteraction } from './interaction.js';
import { type Entries, listEntries } from './pairs.js';

/** Working memory that is kept from call to call, so that repeated work allocates nothing. */
export class Workspace {
  readonly #arrays: Map<string, Float64Array> = new Map();
  readonly #entries: Map<PairInteraction, Entries> = new Map();
  #indices: Int32Array = new Int32Array(0);

  /** `length` numbers of unspecified content, the same memory for the same purpose. */
  take(purpose: string, length: number): Float64Array {
    let array = this.#arrays.get(purpose);
    if (!array || array.length < length) {
      array = new Float64Array(length);
      this.#arrays.set(purpose, array);
    }
    return array.length === length ? array : array.subarray(0, length);
  }

  /** Room for a list of at least `length` indices, of unspecified content; the same memory every time. */
  indices(length: number): Int32Array {
    if (this.#indices.length < length) this.#indices = new Int32Array(length);
    return this.#indices;
  }

  /** What the parameters of an interaction multiply, listed once. */
  entries(interaction: PairInteraction, layers: readonly Layer[]): Entries {
    let entries = this.#entries.get(interaction);
    if (!entries) {
      entries = listEntries(interaction, layers);
      this.#entries.set(interaction, entries);
    }
    return entries;
  }
}
