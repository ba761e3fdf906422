/** The code of any character that is not printable ASCII. */
export const OTHER = 255;

/**
 * Letters of sequences that come in parts, a byte each: memory follows the text. Parts of a sequence may come between those of
 * others.
 */
export class GrowingLetters {
  #codes = new Uint8Array(1024);
  #length = 0;
  readonly #lengths: number[] = [];
  /** Of each part that does not go on with the one before: its sequence, and where it begins. */
  readonly #owners: number[] = [];
  readonly #starts: number[] = [];
  /** Whether each sequence is in one part, in order. */
  #isSorted = true;
  /** The first character that is not printable ASCII of each sequence that has one. */
  readonly #others: Map<number, string> = new Map();

  /**
   * Adds letters to a sequence; blanks do not count.
   *
   * @param sequence From 0; a new one is one more than the last.
   * @param removesInserts Leaves out lower-case letters and dots.
   * @returns how many were left out
   */
  push(sequence: number, text: string, removesInserts: boolean): number {
    this.#reserve(text.length);
    const last = this.#owners.at(-1) ?? -1;
    if (sequence !== last) {
      if (sequence < last) this.#isSorted = false;
      this.#owners.push(sequence);
      this.#starts.push(this.#length);
    }
    const start = this.#length;
    let removed = 0;
    for (let i = 0; i < text.length; i++) {
      let code = text.charCodeAt(i);
      if (removesInserts && (code === 46 || (code >= 97 && code <= 122))) {
        removed++;
        continue;
      }
      if (code <= 32 || code > 126) {
        if (/\s/.test(text.charAt(i))) continue;
        if (!this.#others.has(sequence))
          this.#others.set(sequence, String.fromCodePoint(text.codePointAt(i) as number));
        code = OTHER;
      }
      this.#codes[this.#length++] = code;
    }
    this.#lengths[sequence] = this.lengthOf(sequence) + this.#length - start;
    return removed;
  }

  /** Letters of a sequence. */
  lengthOf(sequence: number): number {
    return this.#lengths[sequence] ?? 0;
  }

  /** The first character of a sequence that is `OTHER`. */
  otherOf(sequence: number): string | undefined {
    return this.#others.get(sequence);
  }

  /** All letters of the first sequence, then of the second, and so on, in memory that may be this object's own. */
  joined(count: number): Uint8Array {
    const all = this.#codes.subarray(0, this.#length);
    if (this.#isSorted) return all;
    const places = new Float64Array(count);
    for (let n = 1; n < count; n++) places[n] = (places[n - 1] as number) + this.lengthOf(n - 1);
    const sorted = new Uint8Array(this.#length);
    this.#owners.forEach((owner, part) => {
      const letters = all.subarray(this.#starts[part], this.#starts[part + 1] ?? this.#length);
      sorted.set(letters, places[owner]);
      places[owner] = (places[owner] as number) + letters.length;
    });
    return sorted;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#codes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#codes.length, this.#length + more));
    larger.set(this.#codes.subarray(0, this.#length));
    this.#codes = larger;
  }
}
