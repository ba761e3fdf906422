import { RbmError } from '@rbm/core';
import type { CsvSamples } from '@rbm/datasets';

/** Columns that are named one by one. */
const NAMED = 8;

/**
 * The rows without missing values.
 *
 * @throws RbmError `DATA_INVALID` if values are missing and `drop` is false, or no complete row is left.
 */
export function withoutMissing(
  table: CsvSamples,
  file: string,
  drop: boolean,
  log: (line: string) => void,
): CsvSamples {
  const { values, mask, count, width, labels, names } = table;
  if (!mask) return table;
  const complete = Array.from({ length: count }, (_, n) => n).filter(
    (n) => !mask.subarray(n * width, (n + 1) * width).includes(1),
  );
  if (!drop || complete.length === 0) {
    const total = mask.reduce((sum, bit) => sum + bit, 0);
    const columns = Array.from({ length: width }, (_, c) => c).filter((c) =>
      mask.some((bit, i) => bit && i % width === c),
    );
    const shown = columns.slice(0, NAMED).map((c) => names?.[c]?.trim() || String(c + 1));
    throw new RbmError(
      'DATA_INVALID',
      `${file}: ${total} of ${mask.length} values are missing (columns ${shown.join(', ')}${columns.length > NAMED ? ', …' : ''}). ` +
        (drop ? 'No row is complete. Use --columns or --drop.' : 'Use --drop-incomplete or --columns.'),
    );
  }
  log(`${file}: ${count - complete.length} of ${count} rows with missing values are left out.`);
  const { mask: _, ...rest } = table;
  return {
    ...rest,
    values: Float64Array.from({ length: complete.length * width }, (_, i) => {
      return values[(complete[Math.floor(i / width)] as number) * width + (i % width)] as number;
    }),
    count: complete.length,
    ...(labels && { labels: Uint8Array.from(complete, (n) => labels[n] as number) }),
  };
}
