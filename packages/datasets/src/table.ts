import { RbmError } from '@rbm/core';
import { type Alphabet, alphabet, GAP } from './alphabet.js';
import { CategoryIndex } from './category-index.js';
import type { CsvOptions, CsvSamples } from './csv-options.js';
import { GrowingValues } from './growing-values.js';
import type { ReaderNote } from './reader-note.js';
import { resolveColumns } from './table-columns.js';
import { type FieldRules, hasDecimalComma, readField } from './table-fields.js';
import { guessHeader, isIndex } from './table-header.js';
import type { TableRow } from './table-rows.js';

/** Lines that decide whether the first is a header. */
const HEAD = 1000;
const MOST_LABELS = 256;
const MOST_CATEGORIES = 4096;

/** The rows read so far. */
export class Table {
  readonly #name: string;
  readonly #options: CsvOptions;
  readonly #rules: FieldRules;
  readonly #alphabet: Alphabet | undefined;
  readonly #notes: ReaderNote[] = [];
  readonly #values = new GrowingValues();
  readonly #labels = new GrowingValues();
  #labelIndex = new CategoryIndex();
  /** By column of the file. */
  readonly #categories = new Map<number, CategoryIndex>();
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

  constructor(name: string, options: CsvOptions) {
    const { decimal = '.', missing = [] } = options;
    this.#name = name;
    this.#options = options;
    this.#rules = { decimal, missing };
    this.#alphabet = options.alphabet === undefined ? undefined : alphabet(options.alphabet);
  }

  /** Whether all rows that are wanted have been read. */
  get isFull(): boolean {
    return this.#count === this.#options.limit;
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
    this.#noteCount(values, kept);
    const mask =
      values instanceof Float64Array && values.some(Number.isNaN) ? Uint8Array.from(values, isMissing) : null;
    return {
      values,
      count: this.#count,
      width: kept.length,
      ...(mask && { mask }),
      ...(this.#names && { names: kept.map((c) => (this.#names as string[])[this.#columns[c] as number] as string) }),
      ...this.#categorical(kept, values),
      ...this.#labelled(),
      notes: this.#notes,
    };
  }

  #begin(): void {
    const head = this.#head as TableRow[];
    this.#head = undefined;
    const [first, ...others] = head as [TableRow, ...TableRow[]];
    const { header = 'auto', label = 'none', drop = [], keepIndex = false, like = {} } = this.#options;
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
      // Spreadsheets break long names into lines, which nobody could type.
      const titles = first.fields.map((name) => name.replace(/\s*[\r\n]\s*/g, ' '));
      this.#names = longer && !endsEmpty ? ['', ...titles] : titles;
      if (titles.some(isGarbled)) {
        this.#notes.push({
          message: `names of columns are not in UTF-8 (${titles.find(isGarbled)}): save the file as UTF-8`,
        });
      }
      fieldCount = this.#names.length;
    }
    this.#fieldCount = fieldCount;
    const find = (items: readonly string[], option: string): number[] =>
      resolveColumns(items, this.#names, fieldCount, option, this.#name);
    this.#labelColumns = label === 'none' ? [] : find([label], 'label');
    if (like.labels) this.#labelIndex = new CategoryIndex(like.labels);
    const names = this.#names?.map((name) => name.trim());
    const isLike = !this.#options.drop && like.columns?.every((column) => names?.includes(column));
    const columns = this.#options.columns ?? (isLike ? like.columns : undefined);
    const left = new Set([...this.#labelColumns, ...find(drop, 'drop')]);
    const chosen = columns ? find(columns, 'columns') : Array.from({ length: fieldCount }, (_, i) => i);
    this.#columns = chosen.filter((c) => !left.has(c));
    for (const [title, texts] of Object.entries(like.categories ?? {})) {
      const [column] = find([title], 'columns');
      this.#categories.set(column as number, new CategoryIndex(texts));
    }
    const { categories = [] } = this.#options;
    for (const column of categories === 'text' ? [] : find(categories, 'columns')) {
      if (!this.#categories.has(column)) this.#categories.set(column, new CategoryIndex());
    }
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
    if (this.isFull) return;
    const extra = fields.length === this.#fieldCount + 1 && fields.at(-1)?.trim() === '';
    if (fields.length !== this.#fieldCount && !extra) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${this.#name}: line ${line} has ${fields.length} fields, expected ${this.#fieldCount} as in the first.`,
      );
    }
    for (const column of this.#columns) {
      const field = fields[column] as string;
      const value = this.#alphabet
        ? this.#letter(this.#alphabet, field, line, column)
        : this.#categories.has(column)
          ? this.#category(field, line, column)
          : (readField(field, this.#rules) ?? this.#textOf(field, line, column));
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
    const column = this.#labelColumns[0] as number;
    if (isGarbled(label)) throw this.#garbled(line, column, label);
    const index = this.#labelIndex.indexOf(label, MOST_LABELS);
    if (index !== undefined) this.#labels.push(index);
    else if (this.#options.like?.labels) throw this.#unknown(line, column, 'labels', this.#options.like.labels, label);
    else throw this.#invalid(line, column, `at most ${MOST_LABELS} different labels`, label);
  }

  #labelled(): Partial<Pick<CsvSamples, 'labels' | 'labelNames'>> {
    if (this.#labelColumns.length === 0) return {};
    const { texts, places } = this.#labelIndex.sorted();
    const areBytes = !this.#options.like?.labels && texts.every((text) => /^\d+$/.test(text) && Number(text) <= 255);
    const labels = Uint8Array.from(this.#labels.values, (index) => {
      const place = places[index] as number;
      return areBytes ? Number(texts[place]) : place;
    });
    return areBytes ? { labels } : { labels, labelNames: texts };
  }

  /** Puts the categories in their order, in `values` too. */
  #categorical(kept: readonly number[], values: Uint8Array | Float64Array): Partial<Pick<CsvSamples, 'categories'>> {
    const columns = kept.map((c) => this.#categories.get(this.#columns[c] as number)?.sorted());
    if (columns.every((column) => column === undefined)) return {};
    for (const [c, column] of columns.entries()) {
      if (!column) continue;
      for (let i = c; i < values.length; i += kept.length) {
        const place = column.places[values[i] as number];
        if (place !== undefined) values[i] = place;
      }
    }
    return { categories: columns.map((column) => column?.texts ?? null) };
  }

  #category(field: string, line: number, column: number): number {
    const text = field.trim();
    if (Number.isNaN(readField(field, this.#rules))) return Number.NaN;
    if (isGarbled(text)) throw this.#garbled(line, column, text);
    const index = (this.#categories.get(column) as CategoryIndex).indexOf(text, MOST_CATEGORIES);
    if (index !== undefined) return index;
    const title = this.#titleOf(column);
    const known = this.#options.like?.categories?.[title];
    if (known) throw this.#unknown(line, column, 'categories', known, text);
    throw this.#invalid(line, column, `at most ${MOST_CATEGORIES} different categories`, text);
  }

  /** The first text in a column of numbers: an error, or from here on the column has categories. */
  #textOf(field: string, line: number, column: number): number {
    if (this.#options.categories !== 'text' || hasDecimalComma(field)) throw this.#notANumber(line, column, field);
    const index = new CategoryIndex();
    this.#categories.set(column, index);
    const width = this.#columns.length;
    const { values } = this.#values;
    for (let i = this.#columns.indexOf(column); i < this.#count * width; i += width) {
      const value = values[i] as number;
      if (!Number.isNaN(value)) values[i] = index.indexOf(String(value), MOST_CATEGORIES) ?? Number.NaN;
    }
    return this.#category(field, line, column);
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

  /** A note on a first column that counts the rows although it has a name, or there are no names. */
  #noteCount(values: Uint8Array | Float64Array, kept: readonly number[]): void {
    const [start, width] = [values[0] as number, kept.length];
    if (this.#options.columns || this.#options.keepIndex || this.#alphabet || this.#count < 3 || width < 2) return;
    if (start !== 0 && start !== 1) return;
    for (let n = 1; n < this.#count; n++) if (values[n * width] !== start + n) return;
    const title = this.#titleOf(this.#columns[kept[0] as number] as number);
    if (this.#notes.some(({ reverse }) => reverse === `--drop ${title}`)) return;
    this.#notes.push({
      message: `column ${title} counts the rows from ${start}, and is read as data`,
      reverse: `--drop ${title}`,
    });
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
    const title = this.#titleOf(column);
    const advice = `If the column is text, use it as categories with --columns ${title}:potts, leave it out with --drop ${title}, or make it the label with --label ${title}.`;
    return new RbmError(error.code, `${error.message} ${advice}`);
  }

  #unknown(line: number, column: number, what: string, known: readonly string[], found: string): RbmError {
    const shown = known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '');
    const { message } = this.#invalid(line, column, `one of the ${what} of the model's data (${shown})`, found);
    return new RbmError('DATA_INVALID', message);
  }

  /** Two texts could be one where their letters are lost. */
  #garbled(line: number, column: number, found: string): RbmError {
    const { code, message } = this.#invalid(line, column, 'text in UTF-8', found);
    return new RbmError(code, `${message} Save the file as UTF-8, for example with iconv -f WINDOWS-1252 -t UTF-8.`);
  }

  /** How an option names a column. */
  #titleOf(column: number): string {
    return this.#names?.[column]?.trim() || String(column + 1);
  }

  #invalid(line: number, column: number, expected: string, found: string): RbmError {
    const title = this.#names?.[column]?.trim();
    return new RbmError(
      'FILE_INVALID',
      `Cannot read ${this.#name}: line ${line}, column ${column + 1}${title ? ` (${title})` : ''}: expected ${expected}, found ${JSON.stringify(found)}.`,
    );
  }
}

/** Whether a decoder has met bytes that are no text. */
function isGarbled(text: string): boolean {
  return text.includes('\ufffd');
}

function isMissing(value: number): number {
  return Number.isNaN(value) ? 1 : 0;
}
