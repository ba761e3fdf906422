/**
 * The reflected Gray code of mixed radix (Knuth, TAOCP 7.2.1.1, algorithm H): visits every word with digit `i` in
 * `0 … radices[i] − 1`, changing one digit by one at a time.
 */
export class GrayCode {
  /** The current word. */
  readonly digits: Int32Array;
  /** The digit that the last `advance` changed; −1 when there was no next word. */
  changed = -1;
  readonly #radices: Int32Array;
  readonly #directions: Int32Array;
  readonly #focus: Int32Array;

  /** @param radices How many values each digit has: at least 2. */
  constructor(radices: ArrayLike<number>) {
    const length = radices.length;
    this.#radices = Int32Array.from(radices);
    this.digits = new Int32Array(length);
    this.#directions = new Int32Array(length).fill(1);
    this.#focus = Int32Array.from({ length: length + 1 }, (_, i) => i);
  }

  /** Moves to the next word. @returns Whether there was one. */
  advance(): boolean {
    const focus = this.#focus;
    const j = focus[0] as number;
    focus[0] = 0;
    if (j === this.digits.length) {
      this.changed = -1;
      return false;
    }
    const digit = (this.digits[j] as number) + (this.#directions[j] as number);
    this.digits[j] = digit;
    this.changed = j;
    if (digit === 0 || digit === (this.#radices[j] as number) - 1) {
      this.#directions[j] = -(this.#directions[j] as number);
      focus[j] = focus[j + 1] as number;
      focus[j + 1] = j + 1;
    }
    return true;
  }
}
