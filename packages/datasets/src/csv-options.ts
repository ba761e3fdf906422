import type { Samples } from '@rbm/core';
import { type ArgumentKind, argumentKinds as kinds, listOf, oneOf, optional } from '@rbm/core/contracts';
import type { ReaderNote } from './reader-note.js';

const texts = listOf(kinds.text, 'texts');

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
  /** Columns of categories, whose fields may be any text: names, numbers from 1, ranges; `text`: those that are no numbers. */
  readonly categories?: readonly string[] | 'text';
  /** How the table of a model's training data was read. */
  readonly like?: TableRecord;
  /** Read only so many rows (default: all). */
  readonly limit?: number;
}

/** For checks of arguments. */
export const csvKinds: Readonly<Record<keyof CsvOptions, ArgumentKind>> = {
  name: optional(kinds.text),
  separator: optional(kinds.text),
  header: optional({
    noun: "true, false or 'auto'",
    example: 'true',
    is: (value) => value === 'auto' || kinds.boolean.is(value),
  }),
  label: optional(kinds.text),
  columns: optional(texts),
  drop: optional(texts),
  missing: optional(texts),
  decimal: optional(oneOf('.', ',')),
  keepIndex: optional(kinds.boolean),
  alphabet: optional(kinds.text),
  categories: optional({
    ...texts,
    noun: "an array of texts, or 'text'",
    is: (value) => value === 'text' || texts.is(value),
  }),
  like: optional(kinds.record),
  limit: optional(kinds.number),
};

/** What must be known of a table to read another one in the same way. */
export interface TableRecord {
  /** Its columns, in order: they are used where the table has them all and neither `columns` nor `drop` is given. */
  readonly columns?: readonly string[];
  /** The categories of columns, by name or number. Others are an error. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** The labels in order. Others are an error. */
  readonly labels?: readonly string[];
}

/** The samples of a table. */
export interface CsvSamples extends Samples {
  /** `[count, width]`: bytes if all are whole numbers from 0 to 255, else float64. NaN where a value is missing. */
  readonly values: Uint8Array | Float64Array;
  /** `[count, width]`: 1 where a value is missing. Absent if none is. */
  readonly mask?: Uint8Array;
  /** Names of the columns in `values`; absent without a header. */
  readonly names?: readonly string[];
  /** For each column its categories, sorted, numbers by value: value k is the k-th; null for numbers. Absent if none has. */
  readonly categories?: readonly (readonly string[] | null)[];
  /** Label k is `labelNames[k]`, sorted; absent if the labels are the whole numbers from 0 to 255 in the file. */
  readonly labelNames?: readonly string[];
  /** What a person should know of how the file was read. */
  readonly notes: readonly ReaderNote[];
}
