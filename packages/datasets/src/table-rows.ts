import { RbmError } from '@rbm/core';
import Papa from 'papaparse';
import { hasDecimalComma, readField } from './table-fields.js';

/** One line of a table. */
export interface TableRow {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Lines that decide the separator. */
const SAMPLE_LINES = 100;

/** Calls `add` with each line of a table but empty ones and comments. Blanks as a separator count once in a row. */
export function eachRow(text: string, separator: string, name: string, add: (row: TableRow) => void): void {
  let line = 1;
  if (separator === ' ') {
    for (const match of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
      const content = (match[1] as string).trim();
      if (content !== '' && !content.startsWith('#')) {
        const fields = content.match(/"(?:[^"]|"")*"|\S+/g) ?? [];
        add({ line, fields: fields.map((field) => field.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')) });
      }
      line++;
    }
    return;
  }
  Papa.parse<string[]>(text, {
    delimiter: separator,
    step({ data: fields, errors }) {
      const [error] = errors;
      if (error) throw new RbmError('FILE_INVALID', `Cannot read ${name}: line ${line}: ${error.message}.`);
      const first = fields[0] as string;
      if (!(first.startsWith('#') || (fields.length === 1 && first.trim() === ''))) add({ line, fields });
      line++;
    },
  });
}

/**
 * The separator of a table: the one that gives the same number of fields in most lines and the most numbers; blanks
 * (`' '`) stand for runs of blanks and tabs.
 */
export function detectSeparator(text: string): string {
  let end = 0;
  for (let n = 0; n < SAMPLE_LINES && end >= 0; n++) end = text.indexOf('\n', end + 1);
  const sample = end < 0 ? text : text.slice(0, end);
  let best = ',';
  let bestScore = 0;
  for (const separator of [';', '\t', '|', ',', ' ']) {
    const score = scoreOf(sample, separator);
    if (score > bestScore + 1e-9) [best, bestScore] = [separator, score];
  }
  return best;
}

function scoreOf(sample: string, separator: string): number {
  const rows: (readonly string[])[] = [];
  try {
    eachRow(sample, separator, '', ({ fields }) => rows.push(fields));
  } catch {
    return 0; // Broken quotes, which the reading of the file reports with their line.
  }
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [usual, often] = [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a), [0, 0]);
  if (usual < 2) return 0;
  const rules = { missing: [], decimal: '.' } as const;
  const cells = rows.slice(rows.length > 1 ? 1 : 0).flat();
  const numbers = cells.filter(
    (cell) => readField(cell, rules) !== undefined || (separator !== ',' && hasDecimalComma(cell)),
  );
  return (often / rows.length) * (1 + numbers.length / cells.length);
}
