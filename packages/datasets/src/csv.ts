import { RbmError, type Samples } from '@rbm/core';
import { type Alphabet, alphabet, GAP } from './alphabet.js';
import { GrowingValues } from './growing-values.js';
import type { ReaderNote } from './reader-note.js';
import { resolveColumns } from './table-columns.js';
import { type FieldRules, hasDecimalComma, readField } from './table-fields.js';
import { guessHeader, isIndex } from './table-header.js';
import { detectSeparator, eachRow, type TableRow } from './table-rows.js';

/** Options of `parseCsv`. Errors and notes name them as the command line does: `--keep-index` is `keepIndex`. */
export interface CsvOptions {
  /** What errors call the file, usually its path. */
  readonly name?: string;
  /**
   * The character between fields; a space stands for runs of blanks and tabs. `auto` (default): the one of `;` tab `|` `,`
   * and space that makes a table of numbers, or what a first line `sep=;` says.
   */
  readonly separator?: string;
  /** Whether the first line names the columns; `auto` (default): decided by the content, with a note if it is a guess. */
  readonly header?: boolean | 'auto';
  /** The column of labels: a name, a number from 1, `first`, `last`, or `none` (default); a range of one-hot columns. */
  readonly label?: string;
  /** Columns to use, in this order: names, numbers from 1, ranges `3-5` (default: all). */
  readonly columns?: readonly string[];
  /** Columns to leave out: names, numbers from 1, ranges `17-20`. */
  readonly drop?: readonly string[];
  /** Fields that mean a missing value, beside an empty one, NA, N/A, NaN, null, None and `?`. */
  readonly missing?: readonly string[];
  /** The decimal separator (default: `.`). */
  readonly decimal?: '.' | ',';
  /** Keep a column without a name that counts the rows (default: false). */
  readonly keepIndex?: boolean;
  /**
   * Fields other than the label are single letters of this alphabet (as `alphabet` takes it) instead of numbers, and
   * values their indices. A first line without any single letter is then a header.
   */
  readonly alphabet?: string;
}

/** The samples of a table. */
export interface CsvSamples extends Samples {
  /** `[count, width]`: bytes if all are whole numbers from 0 to 255, else float64. NaN where a value is missing. */
  readonly values: Uint8Array | Float64Array;
  /** `[count, width]`: 1 where a value is missing. Absent if none is. */
  readonly mask?: Uint8Array;
  /** Names of the columns in `values`; absent without a header. */
  readonly names?: readonly string[];
  /** Label k is `labelNames[k]`, sorted; absent if the labels are the whole numbers from 0 to 255 in the file. */
  readonly labelNames?: readonly string[];
  /** What a person should know of how the file was read. */
  readonly notes: readonly ReaderNote[];
}

/** Lines that decide whether the first is a header. */
const HEAD = 1000;
const MOST_LABELS = 256;

/**
 * Reads a table of numbers, one sample a line: comma-separated values (RFC 4180) or the like. Empty lines and lines that
 * begin with `#` are skipped, spaces around a field and quotes around it do not count, True and False are 1 and 0.
 *
 * @returns values `[count, width]`; width leaves out labels, dropped columns, an unnamed index, and a last column that is
 *   empty everywhere
 * @throws RbmError `FILE_INVALID`, naming the file, the line and the column (both from 1), for a field that is neither a
 *   finite number nor missing, a line with another number of fields than the first, more than 256 different labels,
 *   broken quotes, or a text without samples; `ARGUMENT_INVALID` for columns that do not exist
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvSamples {
  const { name = 'the CSV text', separator = 'auto', decimal = '.', missing = [] } = options;
  const marked = /^\uFEFF?sep=(.)[^\S\r\n]*(\r\n|\n|\r)/i.exec(text);
  const content = marked ? `#${text.slice(marked[0].startsWith('\uFEFF') ? 1 : 0)}` : text.replace(/^\uFEFF/, '');
  const chosen = separator === 'auto' ? (marked?.[1] ?? detectSeparator(content)) : separator;
  const table = new Table(name, options, { decimal, missing });
  eachRow(content, chosen, name, (row) => table.add(row));
  return table.samples();
}

/** The rows read so far. */
class Table {
  readonly #name: string;
  readonly #options: CsvOptions;
  readonly #rules: FieldRules;
  readonly #alphabet: Alphabet | undefined;
  readonly #notes: ReaderNote[] = [];
  readonly #values = new GrowingValues();
  readonly #labels = new GrowingValues();
  readonly #labelIndex = new Map<string, number>();
  #head: TableRow[] | undefined = [];
  #fieldCount = 0;
  #names: readonly string[] | undefined;
  /** Columns of the file that are in `#values`. */
  #columns: number[] = [];
  #labelColumns: number[] = [];
  /** A column of the file that has counted the rows so far, from `#indexStart`. */
  #index = -1;
  #indexStart = 0;
  #count = 0;

  constructor(name: string, options: CsvOptions, rules: FieldRules) {
    this.#name = name;
    this.#options = options;
    this.#rules = rules;
    this.#alphabet = options.alphabet === undefined ? undefined : alphabet(options.alphabet);
  }

  add(row: TableRow): void {
    if (!this.#head) {
      this.#read(row);
      return;
    }
    this.#head.push(row);
    if (this.#head.length > HEAD) this.#begin();
  }

  samples(): CsvSamples {
    if (this.#head && this.#head.length > 0) this.#begin();
    if (this.#count === 0) {
      throw new RbmError('FILE_INVALID', `Cannot read ${this.#name}: it holds no samples; expected a line of numbers.`);
    }
    const kept = this.#keptColumns();
    if (kept.length === 0) {
      throw new RbmError('FILE_INVALID', `Cannot read ${this.#name}: no column of values is left.`);
    }
    const values = this.#select(kept);
    const mask =
      values instanceof Float64Array && values.some(Number.isNaN) ? Uint8Array.from(values, isMissing) : null;
    return {
      values,
      count: this.#count,
      width: kept.length,
      ...(mask && { mask }),
      ...(this.#names && { names: kept.map((c) => (this.#names as string[])[this.#columns[c] as number] as string) }),
      ...this.#labelled(),
      notes: this.#notes,
    };
  }

  #begin(): void {
    const head = this.#head as TableRow[];
    this.#head = undefined;
    const [first, ...others] = head as [TableRow, ...TableRow[]];
    const { header = 'auto', label = 'none', columns, drop = [], keepIndex = false } = this.#options;
    const guess =
      header !== 'auto'
        ? { isHeader: header }
        : this.#alphabet
          ? { isHeader: first.fields.every((field) => field.trim().length !== 1) }
          : guessHeader(
              first.fields,
              others.map(({ fields }) => fields),
              this.#rules,
            );
    if ('note' in guess && guess.note) this.#notes.push(guess.note);
    let fieldCount = first.fields.length;
    if (guess.isHeader) {
      const longer = others.length > 0 && others.every(({ fields }) => fields.length === first.fields.length + 1);
      const endsEmpty = longer && others.every(({ fields }) => fields.at(-1)?.trim() === '');
      // R writes the names of rows in a first column that the header does not mention.
      this.#names = longer && !endsEmpty ? ['', ...first.fields] : first.fields;
      fieldCount = this.#names.length;
    }
    this.#fieldCount = fieldCount;
    const find = (items: readonly string[], option: string): number[] =>
      resolveColumns(items, this.#names, fieldCount, option, this.#name);
    this.#labelColumns = label === 'none' ? [] : find([label], 'label');
    const left = new Set([...this.#labelColumns, ...find(drop, 'drop')]);
    const chosen = columns ? find(columns, 'columns') : Array.from({ length: fieldCount }, (_, i) => i);
    this.#columns = chosen.filter((c) => !left.has(c));
    const rows = guess.isHeader ? others : head;
    const unnamed = /^(unnamed: \d+)?$/i.test(this.#names?.[0]?.trim() ?? 'none');
    if (!keepIndex && !columns && unnamed && this.#columns[0] === 0 && fieldCount > 1 && rows.length > 0) {
      if (isIndex(rows.map(({ fields }) => fields[0] ?? ''))) {
        this.#index = 0;
        this.#indexStart = Number(rows[0]?.fields[0]);
      } else {
        this.#notes.push({ message: 'the first column has no name and is read as data', reverse: '--drop 1' });
      }
    }
    for (const row of rows) this.#read(row);
  }

  #read({ fields, line }: TableRow): void {
    const extra = fields.length === this.#fieldCount + 1 && fields.at(-1)?.trim() === '';
    if (fields.length !== this.#fieldCount && !extra) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${this.#name}: line ${line} has ${fields.length} fields, expected ${this.#fieldCount} as in the first.`,
      );
    }
    for (const column of this.#columns) {
      const field = fields[column] as string;
      const value = this.#alphabet ? this.#letter(this.#alphabet, field, line, column) : readField(field, this.#rules);
      if (value === undefined) throw this.#notANumber(line, column, field);
      if (column === this.#index && value !== this.#indexStart + this.#count) this.#index = -1;
      this.#values.push(value);
    }
    if (this.#labelColumns.length > 0) this.#readLabel(fields, line);
    this.#count++;
  }

  #readLabel(fields: readonly string[], line: number): void {
    const given = this.#labelColumns.map((column) => (fields[column] as string).trim());
    let label = given[0] as string;
    if (given.length > 1) {
      const numbers = given.map((field) => readField(field, this.#rules));
      const hot = numbers.indexOf(1);
      if (hot < 0 || numbers.some((x, i) => x !== (i === hot ? 1 : 0))) {
        throw this.#invalid(
          line,
          this.#labelColumns[0] as number,
          'one 1 and else 0 in the label columns',
          given.join(' '),
        );
      }
      label = String(hot);
    }
    let index = this.#labelIndex.get(label);
    if (index === undefined) {
      index = this.#labelIndex.size;
      if (index === MOST_LABELS) {
        throw this.#invalid(line, this.#labelColumns[0] as number, `at most ${MOST_LABELS} different labels`, label);
      }
      this.#labelIndex.set(label, index);
    }
    this.#labels.push(index);
  }

  #labelled(): Partial<Pick<CsvSamples, 'labels' | 'labelNames'>> {
    if (this.#labelColumns.length === 0) return {};
    const found = [...this.#labelIndex.keys()];
    const areBytes = found.every((label) => /^\d+$/.test(label) && Number(label) <= 255);
    const areNumbers = found.every((label) => readField(label, this.#rules) !== undefined && label !== '');
    const labelNames = found.sort((a, b) => (areNumbers ? Number(a) - Number(b) : a < b ? -1 : 1));
    const order = new Map(
      labelNames.map((label, k) => [this.#labelIndex.get(label) as number, areBytes ? Number(label) : k]),
    );
    const labels = Uint8Array.from(this.#labels.values, (index) => order.get(index) as number);
    return areBytes ? { labels } : { labels, labelNames };
  }

  /** Positions in a row of `#values` that are samples: no index, no last column that is empty everywhere. */
  #keptColumns(): number[] {
    const width = this.#columns.length;
    const { values } = this.#values;
    let kept = Array.from({ length: width }, (_, c) => c);
    if (this.#index >= 0) {
      kept = kept.slice(1);
      this.#notes.push({
        message: `the first column has no name and counts the rows from ${this.#indexStart}: it is left out`,
        reverse: '--keep-index',
      });
    }
    const last = width - 1;
    let isEmpty = this.#columns[last] === this.#fieldCount - 1 && kept.length > 1;
    for (let n = 0; isEmpty && n < this.#count; n++) isEmpty = Number.isNaN(values[n * width + last]);
    return isEmpty && !this.#names?.[this.#fieldCount - 1]?.trim() ? kept.slice(0, -1) : kept;
  }

  #select(kept: readonly number[]): Uint8Array | Float64Array {
    const width = this.#columns.length;
    const { values } = this.#values;
    if (kept.length === width) return values;
    const selected = new GrowingValues();
    for (let n = 0; n < this.#count; n++) for (const c of kept) selected.push(values[n * width + c] as number);
    return selected.values;
  }

  #letter({ letters, ambiguous }: Alphabet, field: string, line: number, column: number): number {
    const letter = field.trim();
    const index = letter.length === 1 ? letters.indexOf(ambiguous.includes(letter) ? GAP : letter) : -1;
    if (index < 0) throw this.#invalid(line, column, `a letter of "${letters}"`, field);
    return index;
  }

  #notANumber(line: number, column: number, field: string): RbmError {
    const error = this.#invalid(line, column, 'a finite number', field);
    if (hasDecimalComma(field)) {
      return new RbmError(error.code, `${error.message} It has a decimal comma: use --decimal , to read it.`);
    }
    if (/^\s*[+-]?(inf|infinity|\d)/i.test(field)) return error;
    const title = this.#names?.[column]?.trim() || String(column + 1);
    const advice = `If the column is text, leave it out with --drop ${title}, or make it the label with --label ${title}.`;
    return new RbmError(error.code, `${error.message} ${advice}`);
  }

  #invalid(line: number, column: number, expected: string, found: string): RbmError {
    const title = this.#names?.[column]?.trim();
    return new RbmError(
      'FILE_INVALID',
      `Cannot read ${this.#name}: line ${line}, column ${column + 1}${title ? ` (${title})` : ''}: expected ${expected}, found ${JSON.stringify(found)}.`,
    );
  }
}

function isMissing(value: number): number {
  return Number.isNaN(value) ? 1 : 0;
}
