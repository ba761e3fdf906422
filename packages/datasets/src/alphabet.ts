import { RbmError } from '@rbm/core';
import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/** The letters of a sequence alignment. */
export interface Alphabet {
  /** One letter a category, in order: category k is `letters[k]`. */
  readonly letters: string;
  /** Letters that stand for several others, or for none of them, and are read as the gap. */
  readonly ambiguous: string;
}

/** The letter for a position that a sequence lacks. */
export const GAP = '-';

/** IUPAC-IUB codes (Nomenclature Committee 1984, 1985), the gap first as is usual in direct coupling analysis. */
const known: Readonly<Record<string, Alphabet>> = {
  protein: { letters: '-ACDEFGHIKLMNPQRSTVWY', ambiguous: 'BJZXUO*' },
  dna: { letters: '-ACGT', ambiguous: 'RYSWKMBDHVNX' },
  rna: { letters: '-ACGU', ambiguous: 'RYSWKMBDHVNX' },
};

/**
 * An alphabet: `protein` (20 amino acids), `dna` or `rna`, each with the gap `-` as category 0, or the letters of one of
 * your own, `ABC`.
 *
 * @throws RbmError `ARGUMENT_INVALID` unless the letters are 2 to 256 different printable ASCII characters other than
 *   space, `>`, `;`, `,` and `"`.
 */
export function alphabet(nameOrLetters: string): Alphabet {
  checkArgument('alphabet', 'nameOrLetters', nameOrLetters, { ...kinds.text, example: "'protein'" });
  const named = Object.hasOwn(known, nameOrLetters) ? known[nameOrLetters] : undefined;
  const same = Object.values(known).find(({ letters }) => letters === nameOrLetters);
  if (named ?? same) return (named ?? same) as Alphabet;
  const distinct = new Set(nameOrLetters);
  if (distinct.size < 2 || distinct.size !== nameOrLetters.length || !/^[!-~]+$/.test(nameOrLetters)) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `${JSON.stringify(nameOrLetters)} is no alphabet: protein, dna, rna, or at least two different letters.`,
    );
  }
  const bad = [...nameOrLetters].find((letter) => '>;,"'.includes(letter));
  if (bad)
    throw new RbmError('ARGUMENT_INVALID', `An alphabet cannot have the letter ${bad}: it ends fields or lines.`);
  return { letters: nameOrLetters, ambiguous: '' };
}
