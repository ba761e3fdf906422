import { checkArgument, checkArguments } from '@rbm/core/contracts';
import type { CsvOptions, CsvSamples } from './csv-options.js';
import { csvKinds } from './csv-options.js';
import { fileText } from './file-text.js';
import { Table } from './table.js';
import { RowReader } from './table-rows.js';

/**
 * Reads a table of numbers, one sample a line: comma-separated values (RFC 4180) or the like. Empty lines and lines that
 * begin with `#` are skipped, spaces around a field and quotes around it do not count, True and False are 1 and 0.
 *
 * @returns values `[count, width]`; width leaves out labels, dropped columns, an unnamed index, and a last column that is
 *   empty everywhere
 * @throws RbmError `FILE_INVALID`, naming the file, the line and the column (both from 1), for a field that is neither a
 *   finite number nor missing, a line with another number of fields than the first, more than 256 different labels or
 *   4,096 categories, broken quotes, or a text without samples; `DATA_INVALID` for a category or label that is not among
 *   the known ones; `ARGUMENT_INVALID` for columns that do not exist
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvSamples {
  checkArgument('parseCsv', 'text', text, fileText);
  checkArguments('parseCsv', options, csvKinds);
  const reader = new CsvReader(options);
  reader.push(text);
  return reader.end();
}

/** Reads a table whose text comes in parts. */
export class CsvReader {
  readonly #table: Table;
  readonly #rows: RowReader;

  constructor(options: CsvOptions) {
    const { name = 'the CSV text', separator = 'auto' } = options;
    this.#table = new Table(name, options);
    this.#rows = new RowReader(name, separator, (row) => this.#table.add(row));
  }

  /** Whether all rows that are wanted have been read. */
  get isFull(): boolean {
    return this.#table.isFull;
  }

  /** @throws as `parseCsv` */
  push(text: string): void {
    this.#rows.push(text);
  }

  /** @throws as `parseCsv` */
  end(): CsvSamples {
    if (!this.isFull) this.#rows.end();
    return this.#table.samples();
  }
}
