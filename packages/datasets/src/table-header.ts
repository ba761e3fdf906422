import type { ReaderNote } from './reader-note.js';
import { type FieldRules, isName, readField } from './table-fields.js';

/** Whether a first line names the columns, with a note where that is a guess. */
export interface HeaderGuess {
  readonly isHeader: boolean;
  readonly note?: ReaderNote;
}

const asData = '--header no';

/**
 * Whether the first line of a table is a header. It is if it has names only, or a name above a column of numbers. A line of
 * numbers is one only if it is exactly 0 … c − 1 or 1 … c with c ≥ 3, and impossible as data: the other lines are almost
 * all fractions, or lie between −1 and 1, or in a range that most of the line is outside of, or the line has an empty cell
 * above an index.
 *
 * @param others The lines after the first: some of them are enough.
 */
export function guessHeader(
  first: readonly string[],
  others: readonly (readonly string[])[],
  rules: FieldRules,
): HeaderGuess {
  const named = first.filter((field) => isName(field, rules));
  const shown = first.slice(0, 4).join(', ') + (first.length > 4 ? ', …' : '');
  if (named.length > 0 && first.every((field) => isName(field, rules) || field.trim() === '')) {
    const repeats = others.length > 0 && first.every((field, c) => others.some((row) => row[c] === field));
    return repeats
      ? { isHeader: false, note: { message: `the first line (${shown}) is read as data`, reverse: '--header yes' } }
      : { isHeader: true };
  }
  const aboveNumbers = first.some(
    (field, c) =>
      isName(field, rules) &&
      others.length > 0 &&
      others.every((row) => readField(row[c] ?? '', rules) !== undefined) &&
      others.some((row) => (row[c] ?? '').trim() !== ''),
  );
  if (named.length > 0) {
    // One name alone may be a typing error in data; a header has whole numbers beside its names.
    const counts = first.every((field) => isName(field, rules) || /^\s*\d*\s*$/.test(field));
    const distinct = new Set(first.map((field) => field.trim())).size === first.length;
    return aboveNumbers && counts && distinct && first.length >= 3
      ? { isHeader: true, note: { message: `the first line (${shown}) is a header`, reverse: asData } }
      : { isHeader: false };
  }
  const unnamed = first[0]?.trim() === '';
  const cells = (unnamed ? first.slice(1) : first).map((field) => field.trim());
  const start = Number(cells[0]);
  const counts =
    cells.length >= 3 &&
    (start === 0 || start === 1) &&
    cells.every((field, i) => field === String(start + i) || field === `${start + i}.0`);
  const rest = unnamed ? others.map((row) => row.slice(1)) : others;
  if (!counts) {
    // Years, say, above numbers of another size.
    const line = cells.map((cell) => readField(cell, rules) ?? Number.NaN);
    return line.length >= 3 && isElsewhere(line, rest, rules)
      ? { isHeader: false, note: { message: `the first line (${shown}) is read as data`, reverse: '--header yes' } }
      : { isHeader: false };
  }
  return (unnamed && isIndex(others.map((row) => row[0] ?? ''))) || isImpossible(cells.map(Number), rest, rules)
    ? { isHeader: true, note: { message: `the first line (${shown}) counts the columns: a header`, reverse: asData } }
    : { isHeader: false, note: { message: `the first line (${shown}) is read as data`, reverse: '--header yes' } };
}

/** Whether fields are 0, 1, 2, … or 1, 2, 3, …. */
export function isIndex(fields: readonly string[]): boolean {
  const start = Number(fields[0]?.trim() || Number.NaN);
  return (start === 0 || start === 1) && fields.every((field, n) => field.trim() === String(start + n));
}

/** Whether all numbers of a line lie outside of the range of all other lines. */
function isElsewhere(line: readonly number[], rest: readonly (readonly string[])[], rules: FieldRules): boolean {
  if (rest.length < 3) return false;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const field of rest.flat()) {
    const x = readField(field, rules);
    if (x === undefined || Number.isNaN(x)) continue;
    least = Math.min(least, x);
    most = Math.max(most, x);
  }
  return line.every((x) => x < least || x > most);
}

function isImpossible(line: readonly number[], rest: readonly (readonly string[])[], rules: FieldRules): boolean {
  if (rest.length < 2) return false;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const fractions = new Array<number>(line.length).fill(0);
  for (const row of rest) {
    for (const [c, field] of row.entries()) {
      const x = readField(field, rules);
      if (x === undefined || Number.isNaN(x)) continue;
      least = Math.min(least, x);
      most = Math.max(most, x);
      if (!/^[+-]?\d+$/.test(field.trim()) && c < line.length) (fractions[c] as number)++;
    }
  }
  const outside = line.filter((x) => x < least || x > most).length;
  return (
    fractions.every((count) => count >= 0.8 * rest.length) ||
    (least >= -1 && most <= 1 && outside > 0) ||
    outside > line.length / 2
  );
}
