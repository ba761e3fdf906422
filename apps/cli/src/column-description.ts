import { constantColumns } from '@rbm/datasets';
import type { RawData } from './raw-data.js';
import { TOLERANCE } from './value-range.js';

/** What a column of some data is like. */
export interface ColumnDescription {
  /** Its name, or its number from 1. */
  readonly name: string;
  /** The kind of unit that its values fit. */
  readonly kind: 'bernoulli' | 'spin' | 'potts' | 'gaussian' | 'none';
  /** Why. */
  readonly why: string;
  readonly missing: number;
  /** Of numbers. */
  readonly least?: number;
  readonly greatest?: number;
  readonly mean?: number;
  /** Of categories. */
  readonly categories?: readonly string[];
}

/** Different whole numbers up to which they may be categories. */
const MOST_CATEGORIES = 32;

/** Describes the columns of a file, one by one. */
export function describeColumns({ samples, categories, letters }: RawData): ColumnDescription[] {
  const { values, count, width, mask, names } = samples;
  return Array.from({ length: width }, (_, c) => {
    const name = names?.[c]?.trim() || String(c + 1);
    const known = categories?.[c] ?? undefined;
    const distinct = new Set<number>();
    let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [sum, present, whole] = [0, 0, true];
    for (let n = 0; n < count; n++) {
      const i = n * width + c;
      const x = values[i] as number;
      if (mask?.[i] || Number.isNaN(x)) continue;
      present++;
      sum += x;
      least = Math.min(least, x);
      greatest = Math.max(greatest, x);
      if (!Number.isInteger(x)) whole = false;
      if (distinct.size <= MOST_CATEGORIES) distinct.add(x);
    }
    const missing = count - present;
    if (present === 0) return { name, kind: 'none', why: 'no value', missing };
    if (known) return { name, kind: 'potts', why: `text, ${known.length} different`, missing, categories: known };
    if (letters !== undefined) {
      const found = [...distinct].sort((a, b) => a - b).map((index) => letters[index] as string);
      return { name, kind: 'potts', why: 'letters', missing, categories: found };
    }
    const range = { least, greatest, mean: sum / present };
    return { name, ...guess(range, distinct, whole), missing, ...range };
  });
}

function guess(
  { least, greatest }: { readonly least: number; readonly greatest: number },
  distinct: ReadonlySet<number>,
  whole: boolean,
): Pick<ColumnDescription, 'kind' | 'why'> {
  if (isConstant(least, greatest))
    return { kind: least === 0 || least === 1 ? 'bernoulli' : 'gaussian', why: 'constant' };
  if (whole && least >= 0 && greatest <= 1) return { kind: 'bernoulli', why: '0 and 1' };
  if (distinct.size === 2 && least === -1 && greatest === 1) return { kind: 'spin', why: '−1 and 1' };
  if (whole && least >= 0 && distinct.size <= MOST_CATEGORIES && greatest < 2 * MOST_CATEGORIES) {
    return { kind: 'potts', why: `${distinct.size} different whole numbers` };
  }
  if (whole) return { kind: 'gaussian', why: 'many whole numbers' };
  if (least >= -TOLERANCE && greatest <= 1 + TOLERANCE) return { kind: 'bernoulli', why: 'fractions from 0 to 1' };
  return { kind: 'gaussian', why: 'fractions' };
}

/** The kind that fits all columns; `undefined` if none does. A constant column fits any. */
export function commonKind(columns: readonly ColumnDescription[]): ColumnDescription['kind'] | undefined {
  const telling = columns.filter(({ why, kind }) => why !== 'constant' && kind !== 'none');
  const kinds = new Set((telling.length > 0 ? telling : columns).map(({ kind }) => kind));
  if (kinds.size === 1) return [...kinds][0];
  if (columns.some(({ categories }) => categories)) return undefined;
  // Whole numbers from 0 are categories, 0 and 1 among them; anything is a real number.
  const areCategories = telling.every(({ kind, why }) => kind === 'potts' || why === '0 and 1');
  return areCategories ? 'potts' : 'gaussian';
}

/** Whether values from the least to the greatest are the same but for rounding. */
function isConstant(least: number, greatest: number): boolean {
  return constantColumns({ values: Float64Array.of(least, greatest), count: 2, width: 1 }).length === 1;
}
