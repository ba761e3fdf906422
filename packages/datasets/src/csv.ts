import { RbmError, type Samples } from '@rbm/core';
import Papa from 'papaparse';
import { type Alphabet, alphabet, GAP } from './alphabet.js';

/** Options of `parseCsv`. */
export interface CsvOptions {
  /** What errors call the file, usually its path. */
  readonly name?: string;
  /** The character between fields; `auto` if left out: the first of `,` `;` tab and space that is in the first line. */
  readonly separator?: string;
  /** Whether the first line names the columns; `auto` if left out: it does if none of its fields is any kind of number. */
  readonly header?: boolean | 'auto';
  /** The column that holds the labels, integers 0 to 255, rather than values; `none` if left out. */
  readonly label?: 'first' | 'last' | 'none';
  /**
   * Fields other than the label are single letters of this alphabet (as `alphabet` takes it) instead of numbers, and
   * values their indices. A first line without any single letter is then a header.
   */
  readonly alphabet?: string;
}

/** The samples of a table. */
export interface CsvSamples extends Samples {
  readonly values: Float64Array;
}

/**
 * Reads a table of numbers, one sample a line: comma-separated values (RFC 4180) or the like. Empty lines and lines that
 * begin with `#` are skipped, spaces around a field and quotes around it do not count.
 *
 * @returns values `[count, width]` in float64; width leaves the label column out
 * @throws RbmError `FILE_INVALID`, naming the file, the line and the column (both from 1), for a field that is no finite
 *   number (NaN, infinite and empty ones included), a line with another number of fields than the first, a label that
 *   is no integer from 0 to 255, broken quotes, a label column with no other beside it, or a text without samples
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvSamples {
  const { name = 'the CSV text', separator = 'auto' } = options;
  const table = new Table(name, options, countLines(text));
  let line = 1;
  Papa.parse<string[]>(text, {
    delimiter: separator === 'auto' ? detectSeparator(text) : separator,
    step({ data: fields, errors }) {
      const [error] = errors;
      if (error) throw new RbmError('FILE_INVALID', `Cannot read ${name}: line ${line}: ${error.message}.`);
      const first = fields[0] as string;
      if (!(first.startsWith('#') || (fields.length === 1 && first.trim() === ''))) table.add(fields, line);
      line++;
    },
  });
  return table.samples();
}

/** The rows read so far, in arrays that have room for all lines of the text. */
class Table {
  readonly #name: string;
  readonly #options: CsvOptions;
  readonly #capacity: number;
  #fieldCount = 0;
  #labelIndex = -1;
  #values = new Float64Array(0);
  #labels = new Uint8Array(0);
  #count = 0;
  readonly #alphabet: Alphabet | undefined;

  constructor(name: string, options: CsvOptions, capacity: number) {
    this.#name = name;
    this.#options = options;
    this.#capacity = capacity;
    this.#alphabet = options.alphabet === undefined ? undefined : alphabet(options.alphabet);
  }

  add(fields: readonly string[], line: number): void {
    if (this.#fieldCount === 0) {
      const { header = 'auto' } = this.#options;
      const isHeader = header === 'auto' ? (this.#alphabet ? areLong(fields) : areNames(fields)) : header;
      this.#begin(fields);
      if (isHeader) return;
    }
    if (fields.length !== this.#fieldCount) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${this.#name}: line ${line} has ${fields.length} fields, expected ${this.#fieldCount} as in the first.`,
      );
    }
    let position = this.#count * this.#width;
    for (let column = 0; column < fields.length; column++) {
      const field = fields[column] as string;
      if (this.#alphabet && column !== this.#labelIndex) {
        this.#values[position++] = this.#index(this.#alphabet, field, line, column);
        continue;
      }
      if (!isNumber(field)) throw this.#invalid(line, column, 'a finite number', field);
      const value = Number(field);
      if (column !== this.#labelIndex) this.#values[position++] = value;
      else if (Number.isInteger(value) && value >= 0 && value <= 255) this.#labels[this.#count] = value;
      else throw this.#invalid(line, column, 'a label, an integer from 0 to 255', field);
    }
    this.#count++;
  }

  samples(): CsvSamples {
    if (this.#count === 0) {
      throw new RbmError('FILE_INVALID', `Cannot read ${this.#name}: it holds no samples; expected a line of numbers.`);
    }
    return {
      values: this.#values.subarray(0, this.#count * this.#width),
      count: this.#count,
      width: this.#width,
      ...(this.#labelIndex >= 0 && { labels: this.#labels.subarray(0, this.#count) }),
    };
  }

  get #width(): number {
    return this.#fieldCount - (this.#labelIndex < 0 ? 0 : 1);
  }

  #index({ letters, ambiguous }: Alphabet, field: string, line: number, column: number): number {
    const letter = field.trim();
    const index = letter.length === 1 ? letters.indexOf(ambiguous.includes(letter) ? GAP : letter) : -1;
    if (index < 0) throw this.#invalid(line, column, `a letter of "${letters}"`, field);
    return index;
  }

  #begin(fields: readonly string[]): void {
    this.#fieldCount = fields.length;
    const { label = 'none' } = this.#options;
    if (label !== 'none') {
      if (fields.length === 1) {
        throw new RbmError('FILE_INVALID', `Cannot read ${this.#name}: a column of labels leaves no column of values.`);
      }
      this.#labelIndex = label === 'first' ? 0 : fields.length - 1;
      this.#labels = new Uint8Array(this.#capacity);
    }
    this.#values = new Float64Array(this.#capacity * this.#width);
  }

  #invalid(line: number, column: number, expected: string, found: string): RbmError {
    return new RbmError(
      'FILE_INVALID',
      `Cannot read ${this.#name}: line ${line}, column ${column + 1}: expected ${expected}, found ${JSON.stringify(found)}.`,
    );
  }
}

function isNumber(field: string): boolean {
  return Number.isFinite(Number(field)) && field.trim() !== '';
}

/** Whether a first line names columns where others have single letters. */
function areLong(fields: readonly string[]): boolean {
  return fields.every((field) => field.trim().length !== 1);
}

function detectSeparator(text: string): string {
  const firstLine = /^(?!#).*\S.*$/m.exec(text)?.[0].trim() ?? '';
  return [',', ';', '\t', ' '].find((separator) => firstLine.includes(separator)) ?? ',';
}

/** Whether a first line names columns: NaN and infinity are bad numbers rather than names, row names may lack one. */
function areNames(fields: readonly string[]): boolean {
  const badNumber = /^[+-]?(nan|inf|infinity)$/i;
  return (
    fields.some((field) => field.trim() !== '') &&
    fields.every((field) => !isNumber(field) && !badNumber.test(field.trim()))
  );
}

/** An upper bound of the lines of a text, whichever line end it uses. */
function countLines(text: string): number {
  const end = text.includes('\n') ? '\n' : '\r';
  let lines = 1;
  for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, at + 1)) lines++;
  return lines;
}
