/**
 * Buffers for each number of rows that batches have: made when they are first needed, kept for the next time. Most batches have the
 * same number of rows; the last of an epoch may have fewer.
 */
export class RowSets<T> {
  readonly #make: (rows: number) => T;
  readonly #release: (set: T) => void;
  readonly #sets: Map<number, T> = new Map();

  constructor(make: (rows: number) => T, release: (set: T) => void) {
    this.#make = make;
    this.#release = release;
  }

  /** The buffers for batches of so many rows. */
  of(rows: number): T {
    const known = this.#sets.get(rows);
    if (known !== undefined) return known;
    const made = this.#make(rows);
    this.#sets.set(rows, made);
    return made;
  }

  dispose(): void {
    for (const set of this.#sets.values()) this.#release(set);
    this.#sets.clear();
  }
}
