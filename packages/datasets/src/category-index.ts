import { readField } from './table-fields.js';

/** Texts as numbers: each new text gets the next one, until they are sorted. */
export class CategoryIndex {
  readonly #indices = new Map<string, number>();
  readonly #known: readonly string[] | undefined;

  /** @param known All texts that may occur, in their order (default: any). */
  constructor(known?: readonly string[]) {
    this.#known = known;
    for (const [k, text] of known?.entries() ?? []) this.#indices.set(text, k);
  }

  get count(): number {
    return this.#indices.size;
  }

  /** The number of a text; `undefined` if it is not among the known ones, or would be one more than `most`. */
  indexOf(text: string, most: number): number | undefined {
    const index = this.#indices.get(text);
    if (index !== undefined || this.#known || this.#indices.size === most) return index;
    // A copy: a part of a larger text would keep all of it in memory.
    this.#indices.set(Array.from(text).join(''), this.#indices.size);
    return this.#indices.size - 1;
  }

  /** The texts in order, numbers by value, and for each number that was given so far its place among them. */
  sorted(): { readonly texts: readonly string[]; readonly places: readonly number[] } {
    const found = [...this.#indices.keys()];
    if (this.#known) return { texts: found, places: found.map((_, k) => k) };
    const rules = { missing: [], decimal: '.' } as const;
    const areNumbers = found.every((text) => text !== '' && readField(text, rules) !== undefined);
    const texts = [...found].sort((a, b) => (areNumbers ? Number(a) - Number(b) : a < b ? -1 : 1));
    const places = new Map(texts.map((text, k) => [text, k]));
    return { texts, places: found.map((text) => places.get(text) as number) };
  }
}
