import { RbmError, type SampleArray, type Samples } from '@rbm/core';
import { checkArgument, argumentKinds as kinds, oneOf } from '@rbm/core/contracts';

/** Relative differences up to these are errors of rounding: a few units in the last place, or what a computation leaves. */
const FLOAT32_ROUNDING = 1e-6;
const FLOAT64_ROUNDING = 1e-12;

/** A change of units for each column: `(x − mean) / scale`. */
export interface Standardisation {
  /** `[width]`, in the units of the data. */
  readonly mean: Float64Array;
  /** `[width]`, positive, in the units of the data. */
  readonly scale: Float64Array;
}

/**
 * The standardisation that some samples call for. Measure it on training samples and apply it to all.
 *
 * - `columns`: mean and standard deviation (dividing by the number of samples) of each column.
 * - `root-mean-square`: mean 0 and the root mean square of each column, so that zero stays zero: for units that are
 *   never negative.
 *
 * A column whose scale would be 0, because it is constant but for rounding (or all 0), has scale 1. Weighted samples count by their
 * weights.
 *
 * @param samples values `[count, width]`, finite
 * @throws RbmError `NOT_FINITE` if the moments overflow or the values are not finite; `SHAPE_MISMATCH`.
 */
export function measureStandardisation(
  samples: Samples,
  method: 'columns' | 'root-mean-square' = 'columns',
): Standardisation {
  checkArgument('measureStandardisation', 'samples', samples, kinds.samples);
  checkArgument('measureStandardisation', 'method', method, oneOf('columns', 'root-mean-square'));
  const { values, count, width, weights } = samples;
  if (values.length !== count * width || count < 1) {
    throw new RbmError('SHAPE_MISMATCH', `${values.length} numbers are not ${count} samples of width ${width}.`);
  }
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    let total = 0;
    let sum = 0;
    for (let n = 0; n < count; n++) {
      const weight = weights ? (weights[n] as number) : 1;
      total += weight;
      sum += weight * (values[n * width + i] as number);
    }
    // The mean of equal values is that value: rounding must not make a constant column look spread.
    const constant = method === 'columns' && isConstant(samples, i);
    const centre = constant ? (values[i] as number) : method === 'columns' ? sum / total : 0;
    let squares = 0;
    for (let n = 0; n < count; n++) {
      squares += (weights ? (weights[n] as number) : 1) * ((values[n * width + i] as number) - centre) ** 2;
    }
    mean[i] = centre;
    scale[i] = (constant && Number.isFinite(squares)) || squares === 0 ? 1 : Math.sqrt(squares / total) || Number.NaN;
    if (!Number.isFinite(centre) || !Number.isFinite(scale[i])) {
      throw new RbmError(
        'NOT_FINITE',
        `Column ${i} (from 0) has mean ${centre} and scale ${scale[i]}: its numbers are not finite, too large or too small.`,
      );
    }
  }
  return { mean, scale };
}

/**
 * Samples in standardised units, `(x − mean) / scale`, in float64. Labels and weights are kept.
 *
 * @throws RbmError `SHAPE_MISMATCH` for samples of another width; `ARGUMENT_INVALID` for a scale that is not positive.
 */
export function standardise(samples: Samples, standardisation: Standardisation): Samples {
  checkArgument('standardise', 'samples', samples, kinds.samples);
  const { mean, scale } = checked('standardise', standardisation);
  checkStandardisation(samples.width, { mean, scale });
  const values = Float64Array.from(samples.values, (x, n) => {
    const column = n % samples.width;
    return (x - (mean[column] as number)) / (scale[column] as number);
  });
  return { ...samples, values };
}

/**
 * Back to the units of the data, `x · scale + mean`.
 *
 * @param values `[count, width]` in standardised units
 * @throws RbmError as `standardise`.
 */
export function unstandardise(values: SampleArray, standardisation: Standardisation): Float64Array {
  checkArgument('unstandardise', 'values', values, kinds.sampleArray);
  const { mean, scale } = checked('unstandardise', standardisation);
  const width = mean.length;
  checkStandardisation(width, { mean, scale });
  return Float64Array.from(values, (x, n) => x * (scale[n % width] as number) + (mean[n % width] as number));
}

/**
 * The columns in which all samples have the same value, but for rounding, counted from 0.
 *
 * @param samples values `[count, width]`
 */
export function constantColumns(samples: Samples): number[] {
  checkArgument('constantColumns', 'samples', samples, kinds.samples);
  return Array.from({ length: samples.width }, (_, i) => i).filter((i) => isConstant(samples, i));
}

function checked(owner: string, standardisation: Standardisation): Standardisation {
  checkArgument(owner, 'standardisation', standardisation, {
    noun: 'a standardisation',
    example: 'measureStandardisation(samples)',
    is: (value) => {
      const { mean, scale } = (kinds.record.is(value) ? value : {}) as {
        readonly mean?: unknown;
        readonly scale?: unknown;
      };
      return kinds.sampleArray.is(mean) && kinds.sampleArray.is(scale);
    },
  });
  return standardisation;
}

/** Whether all samples have the same value, but for errors of rounding. */
function isConstant({ values, count, width }: Samples, column: number): boolean {
  let least = values[column] as number;
  let most = least;
  for (let n = 1; n < count; n++) {
    const x = values[n * width + column] as number;
    if (x < least) least = x;
    else if (x > most) most = x;
  }
  const rounding = values instanceof Float32Array ? FLOAT32_ROUNDING : FLOAT64_ROUNDING;
  return most - least <= rounding * Math.max(Math.abs(least), Math.abs(most));
}

function checkStandardisation(width: number, { mean, scale }: Standardisation): void {
  if (mean.length !== width || scale.length !== width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The samples have ${width} columns; the standardisation has ${mean.length} means and ${scale.length} scales.`,
    );
  }
  const bad = scale.findIndex((s) => !(s > 0 && Number.isFinite(s)));
  if (bad >= 0) throw new RbmError('ARGUMENT_INVALID', `Scale ${bad} is ${scale[bad]}; scales are positive.`);
}
