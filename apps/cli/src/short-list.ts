/** Items that are listed one by one. */
const LISTED = 8;

/** The first items of a list in one line, with `…` for the others. */
export function shortList(items: readonly unknown[], separator = ', ', most: number = LISTED): string {
  return items.slice(0, most).join(separator) + (items.length > most ? `${separator}…` : '');
}
