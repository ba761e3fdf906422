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
/** Characters that decide it where there are fewer lines. */
const SAMPLE_LENGTH = 2 ** 26;
/** The longest row, in characters. */
const LONGEST_ROW = 2 ** 27;

/**
 * Cuts the text of a table into rows, as the text comes. Empty lines and comments (`#`) are left out; blanks as a separator
 * count once in a row.
 */
export class RowReader {
  readonly #name: string;
  readonly #add: (row: TableRow) => void;
  #separator: string | undefined;
  #newline = '\n';
  #pending = '';
  #begun = false;
  #sampleLines = 0;
  #line = 1;
  /** With fewer pending characters, it is no use to look for a row again. */
  #worthwhile = 0;

  /** @param separator One character, a space for runs of blanks, or `auto`. */
  constructor(name: string, separator: string, add: (row: TableRow) => void) {
    this.#name = name;
    this.#separator = separator === 'auto' ? undefined : separator;
    this.#add = add;
  }

  /** @throws RbmError `FILE_INVALID` for broken quotes and for a row of 2^27 characters */
  push(text: string): void {
    this.#pending += text;
    if (!this.#begun) {
      for (let at = text.indexOf('\n'); at >= 0 && this.#sampleLines <= SAMPLE_LINES; at = text.indexOf('\n', at + 1)) {
        this.#sampleLines++;
      }
      if (this.#sampleLines <= SAMPLE_LINES && this.#pending.length < SAMPLE_LENGTH) return;
    }
    if (this.#pending.length >= this.#worthwhile) this.#drain(false);
  }

  /** @throws as `push` */
  end(): void {
    this.#drain(true);
  }

  #begin(): void {
    this.#begun = true;
    if (this.#pending.startsWith('\uFEFF')) this.#pending = this.#pending.slice(1);
    const marked = /^sep=(.)[^\S\r\n]*(\r\n|\n|\r)/i.exec(this.#pending);
    if (marked) {
      this.#separator ??= marked[1];
      this.#pending = this.#pending.slice(marked[0].length);
      this.#line = 2;
    }
    if (!this.#pending.includes('\n')) this.#newline = '\r';
    this.#separator ??= detectSeparator(this.#pending);
  }

  #drain(isLast: boolean): void {
    if (!this.#begun) this.#begin();
    const used =
      this.#separator === ' '
        ? this.#blankRows(isLast)
        : this.#separatedRows(this.#separator as string, this.#newline, isLast);
    this.#pending = this.#pending.slice(used);
    this.#worthwhile = used > 0 ? 0 : 2 * this.#pending.length;
    if (this.#pending.length < LONGEST_ROW) return;
    throw new RbmError(
      'FILE_INVALID',
      `Cannot read ${this.#name}: line ${this.#line} is longer than ${LONGEST_ROW} characters. Is a quote not closed?`,
    );
  }

  /** @returns how many characters were read */
  #blankRows(isLast: boolean): number {
    const end = isLast ? this.#pending.length : this.#pending.lastIndexOf(this.#newline) + 1;
    const lines = this.#pending.slice(0, end).split(this.#newline);
    if (!isLast) lines.pop();
    for (const raw of lines) {
      const content = raw.trim();
      if (content !== '' && !content.startsWith('#')) {
        const fields = content.match(/"(?:[^"]|"")*"|\S+/g) ?? [];
        const unquoted = fields.map((field) => field.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'));
        this.#add({ line: this.#line, fields: unquoted });
      }
      this.#line++;
    }
    return end;
  }

  /** @returns how many characters were read */
  #separatedRows(delimiter: string, newline: string, isLast: boolean): number {
    const parser = new Papa.Parser({ delimiter, newline: newline as '\n' });
    const { data, errors, meta }: Papa.ParseResult<string[]> = parser.parse(this.#pending, 0, !isLast);
    // What is wrong with the row that is not complete yet will show again.
    const [error] = errors;
    const broken = error?.row !== undefined && (isLast || error.row < data.length) ? error.row : -1;
    for (const [n, fields] of data.entries()) {
      if (n === broken) break;
      const last = fields.at(-1) as string;
      if (last.endsWith('\r')) fields[fields.length - 1] = last.slice(0, -1);
      const first = fields[0] as string;
      if (!(first.startsWith('#') || (fields.length === 1 && first.trim() === ''))) {
        this.#add({ line: this.#line, fields });
      }
      this.#line++;
    }
    if (broken >= 0) {
      throw new RbmError('FILE_INVALID', `Cannot read ${this.#name}: line ${this.#line}: ${error?.message}.`);
    }
    return isLast ? this.#pending.length : meta.cursor;
  }
}

/**
 * The separator of a table: the one that gives the same number of fields in most lines and the most numbers; blanks
 * (`' '`) stand for runs of blanks and tabs.
 */
function detectSeparator(text: string): string {
  let end = 0;
  for (let n = 0; n < SAMPLE_LINES && end >= 0; n++) end = text.indexOf('\n', end + 1);
  const sample = end < 0 ? text.slice(0, SAMPLE_LENGTH) : text.slice(0, end);
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
    const reader = new RowReader('', separator, ({ fields }) => rows.push(fields));
    reader.push(sample);
    reader.end();
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
