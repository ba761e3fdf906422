import { type ParameterArray, RbmError, type SampleArray } from '@rbm/core';
import type { WasmBuffer } from './buffer.js';
import type { Heap } from './heap.js';
import type { Kernels } from './kernels.js';
import { BITS, FLOATS, SIGNS } from './opcodes.js';

/** Between row-major arrays of the host and memory as the kernels know it. */
export class Transfer {
  readonly #heap: Heap;
  readonly #kernels: Kernels;

  constructor(heap: Heap, kernels: Kernels) {
    this.#heap = heap;
    this.#kernels = kernels;
  }

  /**
   * Writes data to memory in the form of a buffer, at once.
   *
   * @throws RbmError `DATA_INVALID` for values that a buffer of states cannot hold.
   */
  pack({ shape, layout, spec }: WasmBuffer, data: SampleArray, target: number): void {
    const { storage, rows, columns } = shape;
    if (storage === 'doubles') {
      this.#heap.doubles.set(data, target / 8);
      return;
    }
    const type = data instanceof Uint8Array ? 0 : data instanceof Float32Array ? 1 : 2;
    const raw = this.#heap.allocate(data.byteLength);
    try {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.#heap.bytes.set(bytes, raw.address);
      this.#heap.bytes.fill(0, target, target + shape.bytes);
      if (storage === BITS || storage === SIGNS) {
        const low = storage === SIGNS ? -1 : 0;
        const invalid = this.#kernels.packBits(raw.address, type, rows, columns, target, low, 1);
        if (invalid < 0) return;
        throw new RbmError(
          'DATA_INVALID',
          `Number ${invalid} of the data is ${data[invalid]}; a buffer of ${spec.holds} of this layer holds ${low} ` +
            'and 1. Grey levels belong into a buffer of means.',
        );
      }
      if (storage === FLOATS) {
        this.#kernels.packFloats(raw.address, type, rows, columns, target, rows);
        return;
      }
      const width = data.BYTES_PER_ELEMENT;
      for (const stored of layout.arrays) {
        const { array, at, rows, columns, paddedRows } = stored;
        this.#kernels.packFloats(raw.address + width * array.offset, type, rows, columns, target + at, paddedRows);
        if (array.minimum > Number.NEGATIVE_INFINITY) this.#keepAbove(array, data, target + at);
      }
    } finally {
      this.#heap.release(raw);
    }
  }

  /** The numbers of a buffer whose memory is at `source`. */
  unpack({ shape, layout }: WasmBuffer, source: number): Float64Array {
    const { storage, rows, columns, length } = shape;
    if (storage === 'doubles') return this.#heap.doubles.slice(source / 8, source / 8 + length);
    const raw = this.#heap.allocate(8 * length);
    try {
      if (storage === BITS || storage === SIGNS) {
        this.#kernels.unpackBits(source, rows, columns, raw.address, storage === SIGNS ? -1 : 0, 1);
      } else if (storage === FLOATS) {
        this.#kernels.unpackFloats(source, rows, rows, columns, raw.address);
      } else {
        for (const { array, at, rows, columns, paddedRows } of layout.arrays) {
          this.#kernels.unpackFloats(source + at, paddedRows, rows, columns, raw.address + 8 * array.offset);
        }
      }
      return this.#heap.doubles.slice(raw.address / 8, raw.address / 8 + length);
    } finally {
      this.#heap.release(raw);
    }
  }

  /** What is not below the minimum in float64 must not be so in float32. Such arrays are one row, without gaps. */
  #keepAbove({ offset, length, minimum }: ParameterArray, data: SampleArray, target: number): void {
    const stored = new Float32Array(this.#heap.memory.buffer, target, length);
    const least = singleAtLeast(minimum);
    for (let i = 0; i < length; i++) {
      if ((data[offset + i] as number) >= minimum && (stored[i] as number) < minimum) stored[i] = least;
    }
  }
}

/** The smallest float32 that is not below a number. */
export function singleAtLeast(x: number): number {
  const single = Math.fround(x);
  if (!(single < x)) return single;
  const bits = new Int32Array(Float32Array.of(single).buffer);
  bits[0] = (bits[0] as number) + (single >= 0 ? 1 : -1);
  return new Float32Array(bits.buffer)[0] as number;
}
