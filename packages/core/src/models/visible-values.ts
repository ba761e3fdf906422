import type { SampleArray, Samples } from '../contracts/dataset.js';
import { type Layer, rowLength } from '../layers/layer.js';
import type { EnergyModel } from './model.js';

/**
 * The values of one visible layer in samples of all visible layers.
 *
 * @param samples `values`: `[count, width of a sample]`, the visible layers' values one after the other.
 * @param v Which of `model.visible`, from 0.
 * @returns `[count, units · width]`; the array of the samples itself if the model has no other visible layer.
 */
export function visibleValues(
  model: EnergyModel,
  { values, count, width }: Pick<Samples, 'values' | 'count' | 'width'>,
  v: number,
): SampleArray {
  const lengths = model.visible.map((l) => rowLength(model.layers[l] as Layer));
  const length = lengths[v] as number;
  if (length === width) return values;
  const offset = lengths.slice(0, v).reduce((sum, before) => sum + before, 0);
  const part = new Float64Array(count * length);
  for (let n = 0; n < count; n++) {
    part.set(values.subarray(n * width + offset, n * width + offset + length), n * length);
  }
  return part;
}
