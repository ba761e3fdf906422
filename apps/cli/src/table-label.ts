import { type CsvSamples, formatNote } from '@rbm/datasets';
import type { DataArguments } from './data-options.js';

/** Different values up to which a column may be a label. */
const MOST_LABELS = 50;
/** How many times larger or smaller another scale is. */
const OTHER_SCALE = 4;

/**
 * A note where a label may have been forgotten: the first, the last or a tellingly named column has few whole numbers and
 * another scale than all others.
 */
export function noteLabel(table: CsvSamples, args: DataArguments, log: (line: string) => void): void {
  const { names, width, labels, categories } = table;
  if (labels || categories || args.label !== undefined || args.columns !== undefined || width < 3) return;
  const named = names?.findIndex((name) => /^(label|class|target|y|digit|species)$/i.test(name.trim())) ?? -1;
  const column = [named, 0, width - 1].find((c) => c >= 0 && looksLikeLabel(table, c));
  if (column === undefined) return;
  const title = names?.[column]?.trim() || String(column + 1);
  const message = `column ${title} is read as data, but looks like a label: few whole numbers, on another scale than the others`;
  log(formatNote(args.data, { message, reverse: `--label ${title}` }));
}

function looksLikeLabel({ values, count, width }: CsvSamples, column: number): boolean {
  const distinct = new Set<number>();
  const largest = new Float64Array(width);
  let fractions = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    const c = i % width;
    if (Number.isNaN(x)) continue;
    largest[c] = Math.max(largest[c] as number, Math.abs(x));
    if (c !== column) {
      if (!Number.isInteger(x)) fractions++;
      continue;
    }
    if (!Number.isInteger(x) || x < -1 || distinct.add(x).size > MOST_LABELS) return false;
  }
  const own = largest[column] as number;
  const others = largest.filter((x, c) => c !== column && x > 0).sort();
  if (distinct.size < 2 || 2 * distinct.size > count || others.length === 0) return false;
  if (2 * fractions > count * (width - 1)) return true;
  // Most other columns are on one scale, and this one is not.
  const [lower, upper] = [Math.floor, Math.ceil].map((round) => others[round((others.length - 1) / 2)] as number);
  return (lower as number) > OTHER_SCALE * own || own > OTHER_SCALE * (upper as number);
}
