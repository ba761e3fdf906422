import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { SampleArray, Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { checkModel, type EnergyModel } from './model.js';

/**
 * The values of one visible layer in samples of all visible layers.
 *
 * @param samples `values`: `[count, width of a sample]`, the visible layers' values one after the other.
 * @param v Which of `model.visible`, from 0.
 * @returns `[count, units · width]`; the array of the samples itself if the model has no other visible layer.
 */
export function visibleValues(
  model: EnergyModel,
  samples: Pick<Samples, 'values' | 'count' | 'width'>,
  v: number,
): SampleArray {
  checkModel('visibleValues', model);
  checkArgument('visibleValues', 'samples', samples, kinds.samples);
  const { values, count, width } = samples;
  const lengths = model.visible.map((l) => rowLength(model.layers[l] as Layer));
  const length = lengths[v];
  if (length === undefined) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `visibleValues: v is ${v}; expected 0 to ${lengths.length - 1}, one of the visible layers.`,
    );
  }
  if (length === width) return values;
  const offset = lengths.slice(0, v).reduce((sum, before) => sum + before, 0);
  const part = new Float64Array(count * length);
  for (let n = 0; n < count; n++) {
    part.set(values.subarray(n * width + offset, n * width + offset + length), n * length);
  }
  return part;
}
