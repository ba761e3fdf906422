import type { ModelDetails } from '@rbm/formats';
import { recordFrom } from './table-record.js';

/** Rows that are one string: all of them together may be longer than a string can be. */
const ROWS = 1000;

/**
 * A text of many rows as bytes.
 *
 * @param rowText A row with the line feed at its end.
 */
export function rowsAsBytes(count: number, rowText: (row: number) => string, head = ''): Uint8Array {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(head)];
  for (let first = 0; first < count; first += ROWS) {
    let text = '';
    for (let n = first; n < Math.min(first + ROWS, count); n++) text += rowText(n);
    parts.push(encoder.encode(text));
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Rows as a table in UTF-8: under the names of the columns of the model's data, and with the names of their categories. A category that
 * a column does not have is written as `?`, which reads as missing.
 *
 * @param data `[count, width]`, in the units of the data.
 * @param as `means` have no categories.
 * @throws RbmError `FILE_INVALID` if the model file has a damaged record of its data
 */
export function tableText(
  data: Float64Array,
  count: number,
  details: ModelDetails,
  as: 'states' | 'means',
): Uint8Array {
  const width = data.length / count;
  const { columns, categories = {} } = recordFrom(details);
  const names = columns?.length === width ? columns : undefined;
  const texts = Array.from({ length: width }, (_, c) => {
    const title = names?.[c] ?? String(c + 1);
    return as === 'states' && Object.hasOwn(categories, title) ? categories[title] : undefined;
  });
  const rowText = (n: number): string => {
    const fields = texts.map((known, c) => {
      const value = data[n * width + c] as number;
      return known ? quoted(known[value] ?? '?') : String(value);
    });
    return `${fields.join(',')}\n`;
  };
  return rowsAsBytes(count, rowText, names && `${names.map(quoted).join(',')}\n`);
}

/** A field as RFC 4180 has it. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
