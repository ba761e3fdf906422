import { RbmError } from '@rbm/core';
import { type Alphabet, alphabet, GAP } from './alphabet.js';
import type { FastaOptions, FastaSamples } from './fasta.js';
import { GrowingLetters, OTHER } from './growing-letters.js';
import { LineReader } from './line-reader.js';
import type { ReaderNote } from './reader-note.js';

/** A code in `indicesOf` for letters that stand for several others, and for those that are none. */
const AMBIGUOUS = -2;
const UNKNOWN = -1;

const DOT = 46;

/** Headers of HH-suite's lines of secondary structure, solvent accessibility and their confidence. */
const ANNOTATION = /^>\s*(ss|sa|aa)_(dssp|pred|conf)\b/;

/** What was read: sequences one after the other as codes of their letters. */
interface Content {
  readonly codes: Uint8Array;
  readonly count: number;
  readonly width: number;
  readonly insertions: number;
}

/**
 * Reads an alignment whose text comes in parts: see `parseFasta`. Memory holds a byte for each letter, and the names.
 */
export class FastaReader {
  readonly #options: FastaOptions;
  readonly #name: string;
  readonly #alphabet: Alphabet;
  readonly #lines: LineReader;
  /** Decided by the first line. */
  #format: 'unknown' | 'fasta' | 'a3m' | 'stockholm' = 'unknown';
  readonly #letters = new GrowingLetters();
  readonly #names: string[] = [];
  /** Of each sequence: the line of its header, or its first one, from 1. */
  readonly #places: number[] = [];
  /** Of Stockholm: the number of each sequence, the block that it was last in, and the block at hand; blank lines separate blocks. */
  readonly #numbers: Map<string, number> = new Map();
  readonly #blocks: number[] = [];
  #block = 0;
  /** Of A3M: sequences that say something about others, and whether the lines at hand are of one. */
  #annotations = 0;
  #isAnnotation = false;
  #insertions = 0;
  #ended = false;

  /** @throws RbmError `ARGUMENT_INVALID` as `alphabet` */
  constructor(options: FastaOptions = {}) {
    this.#options = options;
    this.#name = options.name ?? 'the FASTA text';
    this.#alphabet = alphabet(options.alphabet ?? 'protein');
    this.#lines = new LineReader(this.#name, (line, number) => this.#read(line, number));
  }

  /** Whether the alignment is complete: what follows in the file is not part of it. */
  get isFull(): boolean {
    return this.#ended;
  }

  /** @throws as `parseFasta` */
  push(text: string): void {
    this.#lines.push(text);
  }

  /** @throws as `parseFasta` */
  end(): FastaSamples {
    this.#lines.end();
    const count = this.#names.length;
    if (count === 0) throw this.#invalid('it holds no sequence.');
    const width = this.#letters.lengthOf(0);
    for (let n = 0; n < count; n++) {
      const length = this.#letters.lengthOf(n);
      if (length === width && width > 0) continue;
      throw this.#invalid(
        `${this.#placeOf(n)}: it has ${length} columns, expected ${width === 0 ? 'at least one' : `${width} as in the first`}. ` +
          'The sequences must be aligned. In a file named .a3m, lower-case letters and "." are not counted.',
      );
    }
    const codes = this.#letters.joined(count);
    const content = { codes, count, width, insertions: this.#insertions };
    const isA2m = this.#format === 'fasta' && this.#alphabet.ambiguous !== '';
    return this.#encode(content, isA2m ? insertColumnsOf(content) : []);
  }

  #read(raw: string, number: number): void {
    const line = raw.trim();
    if (line === '') this.#block++;
    if (this.#ended || line === '') return;
    if (this.#format === 'unknown') this.#format = this.#formatOf(line);
    if (this.#format === 'stockholm') this.#readStockholm(line, number);
    else this.#readFasta(line, number);
  }

  #formatOf(line: string): 'fasta' | 'a3m' | 'stockholm' {
    if (/^(CLUSTAL|MUSCLE)/i.test(line)) {
      throw this.#invalid('it is in CLUSTAL format. Convert it to FASTA, for example with seqret or Bio.AlignIO.');
    }
    const { format = 'aligned', keepInserts = false } = this.#options;
    const found = line.startsWith('# STOCKHOLM') ? 'stockholm' : format === 'a3m' ? 'a3m' : 'fasta';
    if (keepInserts && found !== 'fasta') {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `${this.#name}: --keep-inserts is for A2M files, whose insertions have columns.`,
      );
    }
    return found;
  }

  #readFasta(line: string, number: number): void {
    if (line.startsWith(';')) return;
    if (line.startsWith('>')) {
      this.#isAnnotation = this.#format === 'a3m' && ANNOTATION.test(line);
      if (this.#isAnnotation) {
        this.#annotations++;
        return;
      }
      this.#names.push(line.slice(1).trim());
      this.#places.push(number);
      return;
    }
    if (this.#isAnnotation) return;
    const sequence = this.#names.length - 1;
    if (sequence < 0) {
      throw this.#invalid(
        `line ${number}: expected ">" and the name of a sequence, found ${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    this.#insertions += this.#letters.push(sequence, line, this.#format === 'a3m');
  }

  /** @see https://sonnhammer.sbc.su.se/Stockholm.html */
  #readStockholm(line: string, number: number): void {
    if (line === '//') {
      this.#ended = true;
      return;
    }
    if (line.startsWith('#')) return;
    const match = /^(\S+)\s+(\S+)$/.exec(line);
    if (!match) {
      throw this.#invalid(
        `line ${number}: expected the name of a sequence, blanks and its letters, found ${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    const [, name, letters] = match as unknown as [string, string, string];
    let sequence = this.#numbers.get(name);
    if (sequence === undefined) {
      sequence = this.#names.length;
      this.#numbers.set(name, sequence);
      this.#names.push(name);
      this.#places.push(number);
    } else if (this.#blocks[sequence] === this.#block) {
      throw this.#invalid(
        `line ${number}: the sequence ${name} occurs twice in a block. Give each sequence a name of its own, or separate blocks by a blank line.`,
      );
    }
    this.#blocks[sequence] = this.#block;
    this.#letters.push(sequence, letters, false);
  }

  /** Categories in place of letters, in the same memory, without the columns that are `inserts` unless they are kept. */
  #encode({ codes, count, width: all, insertions }: Content, inserts: readonly number[]): FastaSamples {
    const { ambiguous: policy = 'gap', keepInserts = false } = this.#options;
    const { letters } = this.#alphabet;
    const indices = indicesOf(this.#alphabet);
    const dropped = keepInserts ? [] : inserts;
    const isDropped = new Uint8Array(all);
    for (const i of dropped) isDropped[i] = 1;
    const width = all - dropped.length;
    const gap = letters.indexOf(GAP);
    let mask: Uint8Array | undefined;
    let [ambiguous, left] = [0, insertions];
    for (let n = 0, to = 0; n < count; n++) {
      for (let i = 0, column = 1; i < all; i++) {
        const code = codes[n * all + i] as number;
        if (isDropped[i] === 1) {
          if (code !== DOT) left++;
          continue;
        }
        let index = indices[code] as number;
        if (index < 0) {
          if (index === UNKNOWN || policy === 'error') throw this.#refuse(n, column, code, index);
          ambiguous++;
          index = gap;
          if (policy === 'missing') {
            mask ??= new Uint8Array(count * width);
            mask[to] = 1;
          }
        }
        codes[to++] = index;
        column++;
      }
    }
    return {
      values: codes.subarray(0, count * width),
      count,
      width,
      names: this.#names,
      letters,
      ambiguous,
      insertions: left,
      insertColumns: dropped.length,
      notes: this.#notes(left, dropped.length, all, mask ? 0 : ambiguous),
      ...(mask && { mask }),
    };
  }

  #notes(insertions: number, insertColumns: number, columns: number, gaps: number): ReaderNote[] {
    const notes: ReaderNote[] = [];
    if (this.#annotations > 0) {
      notes.push({ message: `${this.#annotations} sequences of annotations (ss_pred and the like) are left out` });
    }
    if (insertColumns > 0) {
      notes.push({
        message: `an A2M file: ${insertColumns} of ${columns} columns are insertions (lower case and dots) and are left out`,
        reverse: '--keep-inserts',
      });
    } else if (insertions > 0) {
      notes.push({ message: `${insertions} insertions (lower-case letters and dots) are left out` });
    }
    if (gaps > 0) notes.push({ message: `${gaps} ambiguous letters are read as gaps`, reverse: '--ambiguous error' });
    return notes;
  }

  #refuse(sequence: number, column: number, code: number, index: number): RbmError {
    const letter = code === OTHER ? this.#letters.otherOf(sequence) : String.fromCharCode(code);
    const place = `${this.#placeOf(sequence)}: column ${column} is`;
    if (index === AMBIGUOUS) return this.#invalid(`${place} the ambiguous letter "${letter}". Use --ambiguous gap.`);
    return this.#invalid(
      `${place} ${JSON.stringify(letter)}, which is not in the alphabet "${this.#alphabet.letters}". Is it the right alphabet?`,
    );
  }

  #placeOf(sequence: number): string {
    return `line ${this.#places[sequence]}, sequence ${sequence + 1} (${this.#names[sequence] || 'without a name'})`;
  }

  #invalid(what: string): RbmError {
    return new RbmError('FILE_INVALID', `Cannot read ${this.#name}: ${what}`);
  }
}

/** Of each code of a letter: its category, `AMBIGUOUS` or `UNKNOWN`. Known alphabets have no case, and `.` is a gap. */
function indicesOf({ letters, ambiguous }: Alphabet): Int16Array {
  const indices = new Int16Array(256).fill(UNKNOWN);
  const set = (letter: string, index: number): void => {
    indices[letter.charCodeAt(0)] = index;
    if (ambiguous !== '') indices[letter.toLowerCase().charCodeAt(0)] = index;
  };
  for (const letter of ambiguous) set(letter, AMBIGUOUS);
  [...letters].forEach((letter, index) => {
    set(letter, index);
  });
  if (ambiguous !== '') indices[DOT] = letters.indexOf(GAP);
  return indices;
}

/** The insert columns of an A2M file; none if the case of the letters does not follow the columns. */
function insertColumnsOf({ codes, count, width }: Content): number[] {
  // Unknown: nothing yet; a column is a match column by [A-Z-], an insert column by [a-z.].
  const sorts = new Uint8Array(width);
  const hasLetter = new Uint8Array(width);
  for (let n = 0, at = 0; n < count; n++) {
    for (let i = 0; i < width; i++, at++) {
      const code = codes[at] as number;
      const sort = code === DOT || (code >= 97 && code <= 122) ? 2 : 1;
      if (sorts[i] !== 0 && sorts[i] !== sort) return [];
      sorts[i] = sort;
      if (code !== DOT) hasLetter[i] = 1;
    }
  }
  const inserts = Array.from(sorts.keys()).filter((i) => sorts[i] === 2);
  return inserts.some((i) => hasLetter[i] === 1) && inserts.length < width ? inserts : [];
}
