import { type Dataset, RbmError } from '@rbm/core';
import type { CsvSamples, TableRecord } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';

/**
 * What a model file keeps of the table that it was trained on: names of columns and of labels, categories. Each is JSON, since a
 * preparation has plain values only.
 */
export function recordOf({ names, categories, labelNames, width }: CsvSamples): Dataset['preparation'] {
  const titles = names?.map((name) => name.trim());
  const areUnique = titles?.every((title) => title !== '') && new Set(titles).size === width;
  const byColumn = categories?.map((texts, c) => [titles?.[c] || String(c + 1), texts] as const);
  return {
    ...(areUnique && { columnNames: JSON.stringify(titles) }),
    ...(byColumn && { categoryNames: JSON.stringify(Object.fromEntries(byColumn.filter(([, texts]) => texts))) }),
    ...(labelNames && { labelNames: JSON.stringify(labelNames) }),
  };
}

/** What `recordOf` recorded. @throws RbmError `FILE_INVALID` if it is damaged */
export function recordFrom(details: ModelDetails | undefined): TableRecord {
  const { columnNames, categoryNames, labelNames } = details?.preparation ?? {};
  return {
    ...(columnNames !== undefined && { columns: parse('columnNames', columnNames, isTexts) }),
    ...(categoryNames !== undefined && { categories: parse('categoryNames', categoryNames, isTextsByName) }),
    ...(labelNames !== undefined && { labels: parse('labelNames', labelNames, isTexts) }),
  };
}

function parse<T>(name: string, text: string | number | boolean, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(String(text));
    if (isValid(value)) return value;
  } catch {
    // The same error as for JSON of something else.
  }
  throw new RbmError(
    'FILE_INVALID',
    `The model file has a damaged record of its data: ${name} is ${String(text).slice(0, 80)}.`,
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

function isTextsByName(value: unknown): value is Record<string, string[]> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isTexts);
}
