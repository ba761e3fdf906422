import { RbmError } from '@rbm/core';
import { formatNote } from '@rbm/datasets';
import type { LayerChoice } from './layer-choice.js';
import type { RawSamples } from './raw-data.js';

/** What rounding may leave outside of 0 to 1. */
export const TOLERANCE = 1e-6;
/** Beyond it, float32 and the square of a float64 overflow. */
const LARGEST = 1e38;

/** Numbers for Bernoulli units that rounding has left outside of 0 to 1, set to 0 or 1; all others as they are. */
export function clipRounding(
  samples: RawSamples,
  { kind }: LayerChoice,
  file: string,
  log: (line: string) => void,
): RawSamples {
  const { values } = samples;
  if (kind !== 'bernoulli' || values instanceof Uint8Array) return samples;
  let outside = 0;
  for (const x of values) {
    if (x < -TOLERANCE || x > 1 + TOLERANCE) return samples;
    if (x < 0 || x > 1) outside++;
  }
  if (outside === 0) return samples;
  const which = outside === 1 ? 'one value is' : `${outside} values are`;
  log(formatNote(file, { message: `${which} outside of 0 to 1 by rounding, and set to 0 or 1` }));
  return { ...samples, values: values.map((x) => Math.min(1, Math.max(0, x))) as RawSamples['values'] };
}

/** @throws RbmError `DATA_INVALID`, naming the column, for numbers that no unit can take */
export function refuseHuge({ values, width, names }: RawSamples, file: string): void {
  if (values instanceof Uint8Array) return;
  const bad = values.findIndex((x) => Math.abs(x) > LARGEST && Number.isFinite(x));
  if (bad < 0) return;
  const column = bad % width;
  const title = names?.[column]?.trim();
  throw new RbmError(
    'DATA_INVALID',
    `${file}: row ${Math.floor(bad / width)} (from 0), column ${column + 1}${title ? ` (${title})` : ''} is ${values[bad]}; ` +
      `that is too large to standardise or to train on: at most ${LARGEST}. ` +
      `Divide the column by a constant first, or leave it out with --drop ${title || column + 1}.`,
  );
}
