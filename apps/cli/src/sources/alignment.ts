import { alphabet, formatNote } from '@rbm/datasets';
import { readFasta } from '@rbm/datasets/node';
import type { DataArguments } from '../data-options.js';
import { fileExtension } from '../data-source.js';
import { lettersFor, withLetters } from '../letters.js';
import { explainLetters, hasNucleotidesOnly, matchAlphabet } from '../model-match.js';
import type { RawData, ReadContext } from '../raw-data.js';

/** Reads an alignment: categories, one column a position. @throws UsageError; RbmError as `readFasta`. */
export async function readAlignment(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { details, log, signal } = context;
  const letters = lettersFor(args, details) ?? alphabet('protein').letters;
  matchAlphabet(args.data, letters, context);
  const visible = withLetters(context.visible, letters);
  const { values, count, width, mask, notes } = await explainLetters(details, () =>
    readFasta(args.data, {
      alphabet: letters,
      signal,
      ...(fileExtension(args.data) === '.a3m' ? { format: 'a3m' as const } : {}),
      ...(args['keep-inserts'] ? { keepInserts: true } : {}),
      ...(args.ambiguous ? { ambiguous: args.ambiguous } : {}),
    }),
  );
  for (const note of notes) log(formatNote(args.data, note));
  // Every nucleotide code is that of an amino acid too.
  const asProtein = args.alphabet === undefined && details === undefined;
  if (asProtein && hasNucleotidesOnly(values, letters)) {
    const message = 'only letters of nucleotides occur, and are read as amino acids';
    log(formatNote(args.data, { message, reverse: '--alphabet dna or rna' }));
  }
  const read = { values, count, width, ...(mask && { mask }) };
  const advice = '--drop-incomplete or --ambiguous gap';
  return { samples: read, visible, record: { alphabet: letters }, areCodes: true, letters, advice };
}
