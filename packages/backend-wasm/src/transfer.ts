import { RbmError, type SampleArray } from '@rbm/core';
import type { ParameterArray, Range } from '@rbm/core/contracts';
import type { Shape, WasmBuffer } from './buffer.js';
import type { Heap } from './heap.js';
import type { Kernels } from './kernels.js';
import { BITS, FLOATS, SIGNS } from './opcodes.js';
import type { ParameterLayout, StoredArray } from './parameter-layout.js';

/** Numbers of the host that are lent to kernels at once. */
const STAGED = 2 ** 20;

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
    if (shape.storage === 'doubles') {
      this.#heap.doubles.set(data, target / 8);
      return;
    }
    if (shape.storage !== 'parameters') {
      this.#heap.bytes.fill(0, target, target + shape.bytes);
      this.#packRows(shape, spec.holds, repeated(data, shape.copies), target);
      return;
    }
    this.#staged(data, (raw, type) => {
      this.#heap.bytes.fill(0, target, target + shape.bytes);
      const width = data.BYTES_PER_ELEMENT;
      for (const { array, at, rows, columns, paddedRows } of layout.arrays) {
        if (array.offset >= shape.length) break; // Parameters of the layers alone.
        this.#kernels.packFloats(raw + width * array.offset, type, rows, columns, target + at, paddedRows);
        this.#keepAbove(array, data, array.offset, target + at);
      }
    });
  }

  /** Some rows at a time, so that a whole data set needs no second copy of its size. */
  #packRows({ storage, rows, columns, copies }: Shape, holds: string, data: SampleArray, target: number): void {
    const atOnce = Math.max(1, Math.floor(STAGED / columns));
    for (let first = 0; first < rows; first += atOnce) {
      const count = Math.min(atOnce, rows - first);
      const part = data.subarray(first * columns, (first + count) * columns);
      this.#staged(part, (raw, type) => {
        if (storage === FLOATS) {
          this.#kernels.packFloats(raw, type, count, columns, target + 128 * first, rows);
          return;
        }
        const low = storage === SIGNS ? -1 : 0;
        const invalid = this.#kernels.packBits(raw, type, count, columns, target + 4 * first, low, 1, rows);
        if (invalid < 0) return;
        throw new RbmError(
          'DATA_INVALID',
          `Number ${Math.floor((first * columns + invalid) / copies)} of the data is ${part[invalid]}; expected ${low} or 1 in a buffer of ${holds} of ` +
            'this layer. Store grey levels in a buffer of means.',
        );
      });
    }
  }

  /** Lends kernels a copy of numbers, and says what kind of numbers they are. */
  #staged(data: SampleArray, work: (address: number, type: number) => void): void {
    const type = data instanceof Uint8Array ? 0 : data instanceof Float32Array ? 1 : 2;
    const raw = this.#heap.allocate(data.byteLength);
    try {
      this.#heap.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), raw.address);
      work(raw.address, type);
    } finally {
      this.#heap.release(raw);
    }
  }

  /** The numbers of a buffer whose memory is at `source`. */
  unpack({ shape, layout }: WasmBuffer, source: number): Float64Array {
    const { storage, rows, columns, length, copies } = shape;
    if (storage === 'doubles') return this.#heap.doubles.slice(source / 8, source / 8 + length);
    const raw = this.#heap.allocate(8 * length * copies);
    try {
      if (storage === BITS || storage === SIGNS) {
        this.#kernels.unpackBits(source, rows, columns, raw.address, storage === SIGNS ? -1 : 0, 1);
      } else if (storage === FLOATS) {
        this.#kernels.unpackFloats(source, rows, rows, columns, raw.address);
      } else {
        for (const { array, at, rows, columns, paddedRows } of layout.arrays) {
          if (array.offset >= length) break;
          this.#kernels.unpackFloats(source + at, paddedRows, rows, columns, raw.address + 8 * array.offset);
        }
      }
      const numbers = this.#heap.doubles.slice(raw.address / 8, raw.address / 8 + length * copies);
      return copies === 1 ? numbers : numbers.filter((_, n) => n % copies === 0);
    } finally {
      this.#heap.release(raw);
    }
  }

  /** Part of the numbers of parameters whose memory is at `source`. */
  unpackPart({ layout }: WasmBuffer, source: number, { start, end }: Range): Float64Array {
    const raw = this.#heap.allocate(8 * (end - start));
    try {
      for (const { array, at, rows, columns, paddedRows } of partOf(layout, start, end)) {
        this.#kernels.unpackFloats(source + at, paddedRows, rows, columns, raw.address + 8 * (array.offset - start));
      }
      return this.#heap.doubles.slice(raw.address / 8, raw.address / 8 + end - start);
    } finally {
      this.#heap.release(raw);
    }
  }

  /** Replaces part of the numbers of parameters whose memory is at `target`. */
  packPart({ layout }: WasmBuffer, data: Float64Array, target: number, { start, end }: Range): void {
    this.#staged(data, (raw, type) => {
      for (const { array, at, rows, columns, paddedRows } of partOf(layout, start, end)) {
        this.#kernels.packFloats(raw + 8 * (array.offset - start), type, rows, columns, target + at, paddedRows);
        this.#keepAbove(array, data, array.offset - start, target + at);
      }
    });
  }

  /** What is not below the minimum in float64 must not be so in float32. Such arrays are one row, without gaps. */
  #keepAbove({ length, minimum }: ParameterArray, data: SampleArray, first: number, target: number): void {
    if (minimum === Number.NEGATIVE_INFINITY) return;
    const stored = new Float32Array(this.#heap.memory.buffer, target, length);
    const least = singleAtLeast(minimum);
    for (let i = 0; i < length; i++) {
      if ((data[first + i] as number) >= minimum && (stored[i] as number) < minimum) stored[i] = least;
    }
  }
}

/** The arrays in a range of the parameters. */
function partOf({ arrays }: ParameterLayout, start: number, end: number): StoredArray[] {
  return arrays.filter(({ array }) => array.offset >= start && array.offset < end);
}

/** Each number so many times. */
function repeated(data: SampleArray, copies: number): SampleArray {
  if (copies === 1) return data;
  const length = data.length * copies;
  const out = data instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  for (let n = 0; n < length; n++) out[n] = data[Math.floor(n / copies)] as number;
  return out;
}

/** The smallest float32 that is not below a number. */
export function singleAtLeast(x: number): number {
  const single = Math.fround(x);
  if (!(single < x)) return single;
  const bits = new Int32Array(Float32Array.of(single).buffer);
  bits[0] = (bits[0] as number) + (single >= 0 ? 1 : -1);
  return new Float32Array(bits.buffer)[0] as number;
}
