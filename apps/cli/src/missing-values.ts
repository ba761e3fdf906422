import { RbmError } from '@rbm/core';
import type { DataArguments } from './data-options.js';
import type { RawSamples } from './raw-data.js';
import { shortList } from './short-list.js';

/**
 * The rows without missing values.
 *
 * @param advice The options that help, as a part of a sentence.
 * @throws RbmError `DATA_INVALID` if values are missing and `--drop-incomplete` is not given, or no complete row is left.
 */
export function withoutMissing(
  read: RawSamples,
  args: DataArguments,
  advice: string,
  log: (line: string) => void,
): RawSamples {
  const { values, mask, count, width, labels, weights, names } = read;
  if (!mask) return read;
  const complete = Array.from({ length: count }, (_, n) => n).filter(
    (n) => !mask.subarray(n * width, (n + 1) * width).includes(1),
  );
  const drop = args['drop-incomplete'] ?? false;
  if (!drop || complete.length === 0) {
    const total = mask.reduce((sum, bit) => sum + bit, 0);
    const columns = missingByColumn(mask, width).flatMap((missing, c) => (missing > 0 ? [c] : []));
    const shown = shortList(columns.map((c) => names?.[c]?.trim() || String(c + 1)));
    throw new RbmError(
      'DATA_INVALID',
      `${args.data}: ${grouped(total)} of ${grouped(mask.length)} values are missing (columns ${shown}). ` +
        (drop ? 'No row is complete. Use --columns or --drop.' : `Use ${advice}.`),
    );
  }
  log(`${args.data}: ${grouped(count - complete.length)} of ${grouped(count)} rows with missing values are left out.`);
  const kept = new (values.constructor as new (length: number) => typeof values)(complete.length * width);
  complete.forEach((row, n) => {
    kept.set(values.subarray(row * width, (row + 1) * width), n * width);
  });
  const { mask: _, ...rest } = read;
  return {
    ...rest,
    values: kept,
    count: complete.length,
    ...(labels && { labels: Uint8Array.from(complete, (n) => labels[n] as number) }),
    ...(weights && { weights: Float64Array.from(complete, (n) => weights[n] as number) }),
  };
}

/** How many values are missing in each column. */
export function missingByColumn(mask: Uint8Array, width: number): number[] {
  const counts = new Array<number>(width).fill(0);
  for (let i = 0; i < mask.length; i++) counts[i % width] = (counts[i % width] as number) + (mask[i] as number);
  return counts;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
