import { RbmError, type SampleArray, type Samples } from '@rbm/core';
import {
  type ArgumentKind,
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  oneOf,
  optional,
} from '@rbm/core/contracts';
import { FastaReader } from './fasta-reader.js';
import { fileText } from './file-text.js';
import type { ReaderNote } from './reader-note.js';

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

/** For checks of arguments. */
export const fastaKinds: Readonly<Record<keyof FastaOptions, ArgumentKind>> = {
  name: optional(kinds.text),
  alphabet: optional(kinds.text),
  format: optional(oneOf('aligned', 'a3m')),
  keepInserts: optional(kinds.boolean),
  ambiguous: optional(oneOf('gap', 'missing', 'error')),
};

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
  checkArgument('parseFasta', 'text', text, fileText);
  checkArguments('parseFasta', options, fastaKinds);
  const reader = new FastaReader(options);
  reader.push(text);
  return reader.end();
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
  names: readonly string[] = kinds.count.is(count) ? Array.from({ length: count }, (_, n) => `sample-${n + 1}`) : [],
): string {
  checkArgument('formatFasta', 'values', values, {
    ...kinds.numbers,
    example: 'Uint8Array.from(…)',
    is: ArrayBuffer.isView,
  });
  checkArgument('formatFasta', 'count', count, kinds.count);
  checkArgument('formatFasta', 'letters', letters, kinds.text);
  checkArgument('formatFasta', 'names', names, kinds.array);
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
