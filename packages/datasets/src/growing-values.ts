/**
 * Numbers of which nobody knows how many will come. They are bytes as long as all of them are whole numbers from 0 to
 * 255, and float64 from the first other one on: memory follows the content, not what a first line promises.
 */
export class GrowingValues {
  #data: Uint8Array | Float64Array = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#data.length) this.#grow();
    if (this.#data instanceof Uint8Array && (value & 255) !== value) this.#data = Float64Array.from(this.#data);
    this.#data[this.#length++] = value;
  }

  /** The numbers so far, sharing memory with this object. */
  get values(): Uint8Array | Float64Array {
    return this.#data.subarray(0, this.#length);
  }

  #grow(): void {
    const larger =
      this.#data instanceof Uint8Array ? new Uint8Array(2 * this.#length) : new Float64Array(2 * this.#length);
    larger.set(this.#data);
    this.#data = larger;
  }
}
