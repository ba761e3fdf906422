import type { ModelDetails } from '@rbm/formats';
import { recordFrom } from './table-record.js';

/**
 * Rows as a table: under the names of the columns of the model's data, and with the names of their categories. A category that
 * a column does not have is written as `?`, which reads as missing.
 *
 * @param data `[count, width]`, in the units of the data.
 * @param as `means` have no categories.
 * @throws RbmError `FILE_INVALID` if the model file has a damaged record of its data
 */
export function tableText(data: Float64Array, count: number, details: ModelDetails, as: 'states' | 'means'): string {
  const width = data.length / count;
  const { columns, categories = {} } = recordFrom(details);
  const names = columns?.length === width ? columns : undefined;
  const texts = Array.from({ length: width }, (_, c) => {
    const title = names?.[c] ?? String(c + 1);
    return as === 'states' && Object.hasOwn(categories, title) ? categories[title] : undefined;
  });
  const lines = names ? [names.map(quoted).join(',')] : [];
  for (let n = 0; n < count; n++) {
    const fields = texts.map((known, c) => {
      const value = data[n * width + c] as number;
      return known ? quoted(known[value] ?? '?') : String(value);
    });
    lines.push(fields.join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** A field as RFC 4180 has it. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
