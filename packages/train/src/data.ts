import { type EnergyModel, RbmError, type Samples, sampleWidth } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';

/** Whether each visible layer's data are states of its units or only means of them. One entry a visible layer. */
export type DataKinds = readonly ('states' | 'means')[];

/**
 * Checks samples against the visible layers of a model.
 *
 * @param first Number of the first sample, for messages: of samples that are a block of more (default: 0).
 * @throws RbmError `DATA_INVALID` without samples, for a width that is not the model's, or for values that a unit cannot
 * take, naming the first; `SHAPE_MISMATCH` if the arrays contradict `count` and `width`.
 */
export function checkData(model: EnergyModel, samples: Samples, name: string, first = 0): DataKinds {
  const { values, count, width, weights } = samples;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RbmError('DATA_INVALID', `The ${name} data hold no samples.`);
  }
  if (width !== sampleWidth(model)) {
    throw new RbmError(
      'DATA_INVALID',
      `The ${name} data have ${width} numbers a sample, but the visible units of the model take ${sampleWidth(model)}.`,
    );
  }
  if (values.length !== count * width || (weights && weights.length !== count)) {
    throw new RbmError('SHAPE_MISMATCH', `The ${name} data do not hold ${count} samples of ${width} numbers.`);
  }
  const badWeight = weights ? weights.findIndex((w) => !(w > 0 && Number.isFinite(w))) : -1;
  if (badWeight >= 0) {
    throw new RbmError(
      'DATA_INVALID',
      `Sample ${first + badWeight} of the ${name} data has weight ${weights?.[badWeight]}.`,
    );
  }
  let offset = 0;
  return model.visible.map((l) => {
    const layer = model.layers[l] as Layer;
    const kind = kindOf(layer, samples, offset, name, first);
    offset += rowLength(layer);
    return kind;
  });
}

function kindOf(
  layer: Layer,
  { values, count, width }: Samples,
  offset: number,
  name: string,
  first: number,
): 'states' | 'means' {
  let kind: 'states' | 'means' = 'states';
  for (let n = 0; n < count; n++) {
    const row = values.subarray(n * width + offset, n * width + offset + rowLength(layer));
    if (kind === 'states' && layer.findInvalid(row, 'states') >= 0) kind = 'means';
    if (kind === 'states') continue;
    const invalid = layer.findInvalid(row, 'means');
    if (invalid >= 0) {
      throw new RbmError(
        'DATA_INVALID',
        `Sample ${first + n} of the ${name} data has ${row[invalid]} at position ${offset + invalid}, which no ${layer.kind} unit can ` +
          'be. Prepare the data (binarise, scale) or choose another kind of layer.',
      );
    }
  }
  return kind;
}
