import { RbmError, type SampleArray, type Samples } from '@rbm/core';
import { type Alphabet, alphabet, GAP } from './alphabet.js';
import type { ReaderNote } from './reader-note.js';
import { readStockholm } from './stockholm.js';

/** Options of `parseFasta`. */
export interface FastaOptions {
  /** What errors call the file, usually its path. */
  readonly name?: string;
  /** As `alphabet` takes it: `protein` (default), `dna`, `rna`, or letters. */
  readonly alphabet?: string;
  /**
   * `a3m`: lower-case letters and `.` are insertions, which are removed from each sequence before lengths are compared.
   * `aligned` (default): FASTA or A2M, decided by the content.
   */
  readonly format?: 'aligned' | 'a3m';
  /** Keep the insert columns of an A2M file (default: false). Does not apply to A3M, whose insertions have no columns. */
  readonly keepInserts?: boolean;
  /**
   * What ambiguous letters (X, N, …) are: gaps (default), missing values (`mask` names them; the value there is the
   * gap's), or an error.
   */
  readonly ambiguous?: 'gap' | 'missing' | 'error';
}

/** The sequences of an alignment as category indices. */
export interface FastaSamples extends Samples {
  /** `[count, width]`: indices into `letters`. */
  readonly values: Uint8Array;
  /** `[count, width]`: 1 where an ambiguous letter is a missing value. Only with `ambiguous: 'missing'`. */
  readonly mask?: Uint8Array;
  /** The header of each sequence, without the `>`. */
  readonly names: readonly string[];
  /** The alphabet: category k is `letters[k]`. */
  readonly letters: string;
  /** How many letters were ambiguous (X, N, …). */
  readonly ambiguous: number;
  /** How many letters were insertions and are left out. */
  readonly insertions: number;
  /** How many columns of insertions an A2M file has that are left out. */
  readonly insertColumns: number;
  /** What a person should know of how the file was read. */
  readonly notes: readonly ReaderNote[];
}

/** One record of the file. */
export interface Sequence {
  readonly name: string;
  /** Of the header, from 1. */
  readonly line: number;
  text: string;
}

/**
 * Reads a sequence alignment: FASTA (`>` and a name, then the sequence on as many lines as it needs), A2M, A3M, or
 * Stockholm, which its first line tells. Empty lines, and lines that begin with `;`, are ignored.
 *
 * - All sequences have the same length: one column a position of the alignment.
 * - `.` is a gap and lower-case letters (soft masking) are the same as upper-case ones, except in A2M and A3M. With letters
 *   of your own, case is kept.
 * - A file is A2M if every column is either all upper case or `-`, or all lower case or `.`, and both sorts occur. The
 *   columns of the second sort are insertions: they are left out, unless `keepInserts`.
 * - Ambiguous letters of protein, DNA and RNA (X, N, B, …) and `*` are gaps unless `ambiguous` says otherwise. Any other
 *   letter is an error.
 *
 * @throws RbmError `FILE_INVALID`, naming the file, the line and the sequence, for a letter that is not in the alphabet, a
 *   sequence that is empty or of another length than the first, text before the first `>`, no sequence at all, or a file
 *   in CLUSTAL format; `ARGUMENT_INVALID` as `alphabet`
 */
export function parseFasta(text: string, options: FastaOptions = {}): FastaSamples {
  const { name = 'the FASTA text', alphabet: chosen = 'protein', format = 'aligned', keepInserts = false } = options;
  const letters = alphabet(chosen);
  const own = letters.ambiguous === '';
  const start = text.trimStart();
  if (/^(CLUSTAL|MUSCLE)/i.test(start)) {
    throw new RbmError(
      'FILE_INVALID',
      `Cannot read ${name}: it is in CLUSTAL format. Convert it to FASTA, for example with seqret or Bio.AlignIO.`,
    );
  }
  const isStockholm = start.startsWith('# STOCKHOLM');
  if (keepInserts && (format === 'a3m' || isStockholm)) {
    throw new RbmError('ARGUMENT_INVALID', `${name}: --keep-inserts is for A2M files, whose insertions have columns.`);
  }
  const sequences = isStockholm ? readStockholm(text, name) : splitRecords(text, name);
  const notes: ReaderNote[] = [];
  let insertions = 0;
  let insertColumns = 0;
  if (format === 'a3m' && !isStockholm) {
    for (const sequence of sequences) {
      const before = sequence.text.length;
      sequence.text = sequence.text.replace(/[a-z.]/g, '');
      insertions += before - sequence.text.length;
    }
    if (insertions > 0) notes.push({ message: `${insertions} insertions (lower-case letters and dots) are left out` });
  } else if (!own) {
    const inserts = isStockholm ? [] : insertColumnsOf(sequences);
    insertColumns = keepInserts ? 0 : inserts.length;
    if (inserts.length > 0 && !keepInserts) {
      const dropped = new Set(inserts);
      for (const sequence of sequences) {
        insertions += inserts.filter((i) => sequence.text[i] !== '.').length;
        sequence.text = [...sequence.text].filter((_, i) => !dropped.has(i)).join('');
      }
      notes.push({
        message: `an A2M file: ${inserts.length} of ${inserts.length + (sequences[0]?.text.length ?? 0)} columns are insertions (lower case and dots) and are left out`,
        reverse: '--keep-inserts',
      });
    }
    for (const sequence of sequences) sequence.text = sequence.text.toUpperCase().replaceAll('.', GAP);
  }
  const encoded = encode(sequences, letters, name, options.ambiguous ?? 'gap');
  if (encoded.ambiguous > 0 && !encoded.mask) {
    notes.push({ message: `${encoded.ambiguous} ambiguous letters are read as gaps`, reverse: '--ambiguous error' });
  }
  return { ...encoded, insertions, insertColumns, notes };
}

/**
 * A FASTA file of sequences, each on one line.
 *
 * @param values `[count, width]`: indices into `letters`
 * @param names Of each sequence; `sample-1`, `sample-2`, … unless given.
 * @throws RbmError `DATA_INVALID` for an index without a letter.
 */
export function formatFasta(
  values: SampleArray | Uint16Array,
  count: number,
  letters: string,
  names: readonly string[] = Array.from({ length: count }, (_, n) => `sample-${n + 1}`),
): string {
  const width = values.length / count;
  const lines = Array.from({ length: count }, (_, n) => {
    const sequence = Array.from(values.subarray(n * width, (n + 1) * width), (index) => {
      const letter = letters[index];
      if (letter === undefined) throw new RbmError('DATA_INVALID', `Category ${index} has no letter in "${letters}".`);
      return letter;
    });
    return `>${names[n]}\n${sequence.join('')}\n`;
  });
  return lines.join('');
}

/** The insert columns of an A2M file; none if the case of the letters does not follow the columns. */
function insertColumnsOf(sequences: readonly Sequence[]): number[] {
  const width = sequences[0]?.text.length ?? 0;
  // Unknown: only gaps of no sort yet; a column is a match column by [A-Z-], an insert column by [a-z.].
  const sorts = new Uint8Array(width);
  for (const { text } of sequences) {
    if (text.length !== width) return [];
    for (let i = 0; i < width; i++) {
      const code = text.charCodeAt(i);
      const sort = code === 46 || (code >= 97 && code <= 122) ? 2 : 1;
      if (sorts[i] !== 0 && sorts[i] !== sort) return [];
      sorts[i] = sort;
    }
  }
  const inserts = Array.from(sorts.keys()).filter((i) => sorts[i] === 2);
  const hasLetters = inserts.some((i) => sequences.some(({ text }) => text[i] !== '.'));
  return hasLetters && inserts.length < width ? inserts : [];
}

function splitRecords(text: string, name: string): Sequence[] {
  const sequences: { name: string; line: number; parts: string[] }[] = [];
  text.split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith(';')) return;
    if (line.startsWith('>')) {
      sequences.push({ name: line.slice(1).trim(), line: index + 1, parts: [] });
      return;
    }
    const sequence = sequences.at(-1);
    if (!sequence) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${name}: line ${index + 1}: expected ">" and the name of a sequence, found ${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    sequence.parts.push(line.replace(/\s+/g, ''));
  });
  if (sequences.length === 0) throw new RbmError('FILE_INVALID', `Cannot read ${name}: it holds no sequence.`);
  return sequences.map(({ parts, ...rest }) => ({ ...rest, text: parts.join('') }));
}

function encode(
  sequences: readonly Sequence[],
  { letters, ambiguous: ambiguousLetters }: Alphabet,
  name: string,
  policy: 'gap' | 'missing' | 'error',
): Omit<FastaSamples, 'insertions' | 'insertColumns' | 'notes'> {
  const width = (sequences[0] as Sequence).text.length;
  // Lengths before memory: a long first sequence must not size an array for all that follow.
  sequences.forEach((sequence, n) => {
    if (sequence.text.length === width && width > 0) return;
    throw new RbmError(
      'FILE_INVALID',
      `${placeOf(name, sequence, n)}: it has ${sequence.text.length} columns, expected ${width === 0 ? 'at least one' : `${width} as in the first`}. ` +
        'The sequences must be aligned. In a file named .a3m, lower-case letters and "." are not counted.',
    );
  });
  const values = new Uint8Array(sequences.length * width);
  let mask: Uint8Array | undefined;
  const gap = letters.indexOf(GAP);
  let ambiguous = 0;
  sequences.forEach((sequence, n) => {
    for (let i = 0; i < width; i++) {
      const letter = sequence.text.charAt(i);
      let index = letters.indexOf(letter);
      if (index < 0 && ambiguousLetters.includes(letter)) {
        if (policy === 'error') {
          throw new RbmError(
            'FILE_INVALID',
            `${placeOf(name, sequence, n)}: column ${i + 1} is the ambiguous letter "${letter}". Use --ambiguous gap.`,
          );
        }
        index = gap;
        ambiguous++;
        if (policy === 'missing') {
          mask ??= new Uint8Array(values.length);
          mask[n * width + i] = 1;
        }
      }
      if (index < 0) {
        throw new RbmError(
          'FILE_INVALID',
          `${placeOf(name, sequence, n)}: column ${i + 1} is ${JSON.stringify(letter)}, which is not in the alphabet "${letters}". Is it the right alphabet?`,
        );
      }
      values[n * width + i] = index;
    }
  });
  return {
    values,
    count: sequences.length,
    width,
    names: sequences.map((sequence) => sequence.name),
    letters,
    ambiguous,
    ...(mask && { mask }),
  };
}

function placeOf(name: string, sequence: Sequence, n: number): string {
  return `Cannot read ${name}: line ${sequence.line}, sequence ${n + 1} (${sequence.name || 'without a name'})`;
}
