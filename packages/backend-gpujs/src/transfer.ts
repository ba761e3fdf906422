import type { SampleArray } from '@rbm/core';
import type { GpujsBuffer } from './buffer.js';

/** Numbers of the host as the arrays of a buffer, in float32. Copies. */
export function packNumbers(buffer: GpujsBuffer, data: SampleArray): Float32Array[] {
  const { shapes, spec, model } = buffer;
  let offset = 0;
  const parts = shapes.map(({ columns, rows }) => {
    const part = Float32Array.from(data.subarray(offset, offset + columns * rows));
    offset += columns * rows;
    return part;
  });
  if (spec.holds !== 'parameters' && spec.holds !== 'layerParameters') return parts;
  // What is not below the minimum in float64 must not be so in float32.
  model.layout.arrays.forEach(({ minimum, offset: start }, n) => {
    if (minimum === Number.NEGATIVE_INFINITY) return;
    const least = singleAtLeast(minimum);
    parts[n]?.forEach((x, i, part) => {
      if (x < minimum && (data[start + i] as number) >= minimum) part[i] = least;
    });
  });
  return parts;
}

/** The smallest float32 that is not below a number. */
export function singleAtLeast(x: number): number {
  const single = Math.fround(x);
  if (!(single < x)) return single;
  const bits = new Int32Array(Float32Array.of(single).buffer);
  bits[0] = (bits[0] as number) + (single >= 0 ? 1 : -1);
  return new Float32Array(bits.buffer)[0] as number;
}
