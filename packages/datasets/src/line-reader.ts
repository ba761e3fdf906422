import { RbmError } from '@rbm/core';

/** Characters of the longest line: strings of engines are hardly longer. */
const LONGEST = 2 ** 28;

/** Cuts a text that comes in parts into lines, which end with `\n`, `\r\n` or `\r`. */
export class LineReader {
  readonly #name: string;
  readonly #onLine: (line: string, number: number) => void;
  /** Parts of a line whose end has not come. */
  #pending: string[] = [];
  #pendingLength = 0;
  /** Whether the last part ended with `\r`: a `\n` that follows belongs to it. */
  #afterReturn = false;
  #number = 0;

  /**
   * @param name What errors call the text.
   * @param onLine Receives each line without its end, and its number from 1.
   */
  constructor(name: string, onLine: (line: string, number: number) => void) {
    this.#name = name;
    this.#onLine = onLine;
  }

  /** @throws RbmError `SIZE_LIMIT` for a line of more than 2^28 characters; whatever `onLine` throws */
  push(text: string): void {
    if (text === '') return;
    const rest = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#afterReturn = text.endsWith('\r');
    const lines = rest.split(/\r\n|\n|\r/);
    const last = lines.pop() as string;
    for (const line of lines) {
      this.#add(line);
      this.#finish();
    }
    if (last !== '') this.#add(last);
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#pendingLength > 0) this.#finish();
  }

  #add(part: string): void {
    this.#pendingLength += part.length;
    if (this.#pendingLength > LONGEST) {
      throw new RbmError(
        'SIZE_LIMIT',
        `Cannot read ${this.#name}: line ${this.#number + 1} has more than ${LONGEST} characters. Break long sequences into lines.`,
      );
    }
    this.#pending.push(part);
  }

  #finish(): void {
    const line = this.#pending.join('');
    this.#pending = [];
    this.#pendingLength = 0;
    this.#onLine(line, ++this.#number);
  }
}
