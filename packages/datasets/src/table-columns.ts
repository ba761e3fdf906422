import { RbmError } from '@rbm/core';
import { checkArgument, argumentKinds as kinds, listOf } from '@rbm/core/contracts';

/**
 * The columns that a selection names, counted from 0: names of the header, numbers from 1, ranges `17-20`, `first`, `last`.
 *
 * @throws RbmError `ARGUMENT_INVALID` for a column that the file does not have, a name that several columns have, or a
 * column that is named twice.
 */
export function resolveColumns(
  items: readonly string[],
  names: readonly string[] | undefined,
  count: number,
  option: string,
  file: string,
): number[] {
  checkArgument('resolveColumns', 'items', items, listOf(kinds.text, 'texts'));
  const columns = items.flatMap((raw) => {
    const item = raw.trim();
    const found = names?.flatMap((name, i) => (name.trim() === item ? [i] : [])) ?? [];
    if (found.length === 1) return found;
    if (found.length > 1) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `--${option} ${item}: ${file} has ${found.length} columns of that name (${found.map((i) => i + 1).join(', ')}). Use a number.`,
      );
    }
    if (item === 'first') return [0];
    if (item === 'last') return [count - 1];
    const range = /^(\d+)(?:-(\d+))?$/.exec(item);
    const from = Number(range?.[1]);
    const to = Number(range?.[2] ?? range?.[1]);
    if (!range || from < 1 || to < from || to > count) {
      const known = names ? `${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}` : 'no names';
      throw new RbmError(
        'ARGUMENT_INVALID',
        `--${option} ${item}: ${file} has no such column. It has ${count} columns (${known}); use a name, a number from 1 or a range like 3-5.`,
      );
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from - 1 + i);
  });
  const seen = new Set<number>();
  const twice = columns.find((column) => seen.size === seen.add(column).size);
  if (twice === undefined) return columns;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `--${option} ${items.join(',')} names column ${twice + 1}${names ? ` (${names[twice]})` : ''} of ${file} twice. Name each once.`,
  );
}
