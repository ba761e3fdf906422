import type { SampleArray } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';

/** The numbers as float64: the array itself if it is, a copy otherwise. */
export function toFloat64(values: SampleArray): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/**
 * How many rows of `rowLength` numbers an array holds.
 *
 * @throws RbmError `SHAPE_MISMATCH` if that is not a whole number.
 */
export function countRows(values: { readonly length: number }, rowLength: number, what: string): number {
  const rows = values.length / rowLength;
  if (!Number.isInteger(rows)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${what} needs ${rowLength} numbers a row, but ${values.length} numbers are not a whole number of rows.`,
    );
  }
  return rows;
}
