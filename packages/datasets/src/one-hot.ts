import { RbmError, type SampleArray, type Samples } from '@rbm/core';
import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/**
 * Category indices as one-hot units: q numbers a column, of which the one at the index is 1. Labels and weights are kept.
 *
 * @param samples values `[count, width]`, whole numbers from 0 to q − 1
 * @param categories q, from 2 up
 * @returns values `[count, width · q]` as bytes, what a Potts layer of `width` units takes
 * @throws RbmError `DATA_INVALID`, naming row and column, for a value that is no such index; `SHAPE_MISMATCH` if the
 *   values are not `[count, width]`; `ARGUMENT_INVALID`
 */
export function oneHot(samples: Samples, categories: number): Samples {
  checkArgument('oneHot', 'samples', samples, kinds.samples);
  const { values, count, width } = samples;
  if (!Number.isSafeInteger(categories) || categories < 2) {
    throw new RbmError('ARGUMENT_INVALID', `One-hot units have at least 2 categories, not ${categories}.`);
  }
  if (values.length !== count * width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${count} samples of width ${width} need ${count * width} values, not ${values.length}.`,
    );
  }
  const units = new Uint8Array(values.length * categories);
  for (let n = 0; n < values.length; n++) {
    const index = values[n] as number;
    if (!(Number.isInteger(index) && index >= 0 && index < categories)) {
      throw new RbmError(
        'DATA_INVALID',
        `Row ${Math.floor(n / width)}, column ${n % width} (from 0) is ${index}; with ${categories} categories, every ` +
          `value must be a whole number from 0 to ${categories - 1}.`,
      );
    }
    units[n * categories + index] = 1;
  }
  return { ...samples, values: units, width: width * categories };
}

/**
 * The category of each one-hot unit: the inverse of `oneHot`, and of means the most probable category.
 *
 * @param values `[count, width · q]`
 * @returns `[count, width]`
 * @throws RbmError `SHAPE_MISMATCH` if the length is no multiple of q.
 */
export function fromOneHot(values: SampleArray, categories: number): Uint16Array {
  checkArgument('fromOneHot', 'values', values, kinds.sampleArray);
  checkArgument('fromOneHot', 'categories', categories, { ...kinds.count, example: '4' });
  if (values.length % categories !== 0) {
    throw new RbmError('SHAPE_MISMATCH', `${values.length} numbers are no units of ${categories} categories each.`);
  }
  const indices = new Uint16Array(values.length / categories);
  for (let unit = 0; unit < indices.length; unit++) {
    let best = 0;
    for (let k = 1; k < categories; k++) {
      if ((values[unit * categories + k] as number) > (values[unit * categories + best] as number)) best = k;
    }
    indices[unit] = best;
  }
  return indices;
}
