import type { Dataset } from '@rbm/core';
import { formatNote } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import type { LayerChoice } from './layer-choice.js';
import { checkCategories } from './model-match.js';
import type { RawSamples } from './raw-data.js';

/**
 * Categories counted from 0: whole numbers 1 … q with no 0 among them, such as ratings, are counted down by one, and the first
 * one is recorded. Data for a model are counted as its training data were.
 *
 * @throws RbmError `DATA_INVALID` for a value that is none of the model's categories
 */
export function countedFromZero(
  samples: RawSamples,
  { kind, size }: LayerChoice,
  details: ModelDetails | undefined,
  file: string,
  log: (line: string) => void,
): { readonly samples: RawSamples; readonly record: Dataset['preparation'] } {
  const { values } = samples;
  const unchanged = { samples, record: {} };
  if (kind !== 'potts') return unchanged;
  const recorded = details?.preparation && (details.preparation.firstCategory ?? 0);
  if (recorded === 0) return unchanged;
  if (recorded === undefined) {
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const x of values) {
      if (!Number.isInteger(x)) return unchanged;
      least = Math.min(least, x);
      most = Math.max(most, x);
    }
    if (least !== 1 || most < 2 || (size !== undefined && size !== most)) return unchanged;
    const message = `categories 1 to ${most} are ${most} categories, counted from 1`;
    log(formatNote(file, { message, reverse: `--visible potts:${most + 1}` }));
  }
  const first = Number(recorded ?? 1);
  const last = first + (size ?? 4096) - 1;
  checkCategories(samples, first, last, file);
  const counted = values.map((x) => x - first);
  return { samples: { ...samples, values: counted }, record: { firstCategory: first } };
}
