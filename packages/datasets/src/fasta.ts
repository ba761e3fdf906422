import { RbmError, type SampleArray, type Samples } from '@rbm/core';
import { type Alphabet, alphabet, GAP } from './alphabet.js';

/** Options of `parseFasta`. */
export interface FastaOptions {
  /** What errors call the file, usually its path. */
  readonly name?: string;
  /** As `alphabet` takes it: `protein` (default), `dna`, `rna`, or letters. */
  readonly alphabet?: string;
}

/** The sequences of an alignment as category indices. */
export interface FastaSamples extends Samples {
  /** `[count, width]`: indices into `letters`. */
  readonly values: Uint8Array;
  /** The header of each sequence, without the `>`. */
  readonly names: readonly string[];
  /** The alphabet: category k is `letters[k]`. */
  readonly letters: string;
  /** How many letters were ambiguous (X, N, …) and are read as the gap. */
  readonly ambiguous: number;
  /** How many letters were insertions and are left out. */
  readonly insertions: number;
}

/** One record of the file. */
interface Sequence {
  readonly name: string;
  /** Of the header, from 1. */
  readonly line: number;
  text: string;
}

/**
 * Reads a sequence alignment in FASTA or A2M: `>` and a name, then the sequence on as many lines as it needs. Empty
 * lines, and lines that begin with `;`, do not count.
 *
 * - All sequences have the same length: one column a position of the alignment.
 * - As in A2M, lower-case letters and `.` are insertions between columns and are left out. In a file without any
 *   upper-case letter, and with letters of your own, case means nothing of that kind: there lower-case letters are read
 *   as upper-case ones (your own as they are) and `.` as the gap.
 * - Ambiguous letters of protein, DNA and RNA (X, N, B, …) and `*` are read as the gap and counted in `ambiguous`. Any
 *   other letter is an error.
 *
 * @throws RbmError `FILE_INVALID`, naming the file, the line and the sequence, for a letter that is not in the alphabet, a
 *   sequence that is empty or of another length than the first, text before the first `>`, or no sequence at all;
 *   `ARGUMENT_INVALID` as `alphabet`
 */
export function parseFasta(text: string, options: FastaOptions = {}): FastaSamples {
  const { name = 'the FASTA text', alphabet: chosen = 'protein' } = options;
  const letters = alphabet(chosen);
  const own = letters.ambiguous === '';
  const sequences = splitRecords(text, name);
  const hasUpperCase = sequences.some(({ text: sequence }) => /[A-Z]/.test(sequence));
  let insertions = 0;
  for (const sequence of sequences) {
    if (own) continue;
    const before = sequence.text.length;
    sequence.text = hasUpperCase
      ? sequence.text.replace(/[a-z.]/g, '')
      : sequence.text.toUpperCase().replaceAll('.', GAP);
    insertions += before - sequence.text.length;
  }
  return { ...encode(sequences, letters, name), insertions };
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

function splitRecords(text: string, name: string): Sequence[] {
  const sequences: Sequence[] = [];
  text.split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith(';')) return;
    if (line.startsWith('>')) {
      sequences.push({ name: line.slice(1).trim(), line: index + 1, text: '' });
      return;
    }
    const sequence = sequences.at(-1);
    if (!sequence) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${name}: line ${index + 1}: expected ">" and the name of a sequence, found ${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    sequence.text += line.replace(/\s+/g, '');
  });
  if (sequences.length === 0) throw new RbmError('FILE_INVALID', `Cannot read ${name}: it holds no sequence.`);
  return sequences;
}

function encode(
  sequences: readonly Sequence[],
  { letters, ambiguous: readAsGap }: Alphabet,
  name: string,
): Omit<FastaSamples, 'insertions'> {
  const width = (sequences[0] as Sequence).text.length;
  const values = new Uint8Array(sequences.length * width);
  const gap = letters.indexOf(GAP);
  let ambiguous = 0;
  sequences.forEach((sequence, n) => {
    const where = `Cannot read ${name}: line ${sequence.line}, sequence ${n + 1} (${sequence.name || 'without a name'})`;
    if (sequence.text.length !== width || width === 0) {
      throw new RbmError(
        'FILE_INVALID',
        `${where}: it has ${sequence.text.length} columns, expected ${width === 0 ? 'at least one' : `${width} as in the first`}. ` +
          'The sequences must be aligned; lower-case letters and "." do not count as columns.',
      );
    }
    for (let i = 0; i < width; i++) {
      const letter = sequence.text.charAt(i);
      let index = letters.indexOf(letter);
      if (index < 0 && readAsGap.includes(letter)) {
        index = gap;
        ambiguous++;
      }
      if (index < 0) {
        throw new RbmError(
          'FILE_INVALID',
          `${where}: column ${i + 1} is ${JSON.stringify(letter)}, which is not in the alphabet "${letters}". Is it the right alphabet?`,
        );
      }
      values[n * width + i] = index;
    }
  });
  return { values, count: sequences.length, width, names: sequences.map((s) => s.name), letters, ambiguous };
}
