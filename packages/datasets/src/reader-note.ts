import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/** A line that a reader has for a person: a guess about the content of a file, or what was left out. */
export interface ReaderNote {
  /** A sentence without its full stop: what was found and how it is read. */
  readonly message: string;
  /** Of a guess: the option that reverses it, as on the command line, with its value: `--header no`. */
  readonly reverse?: string;
}

/** The note as one line. */
export function formatNote(name: string, note: ReaderNote): string {
  checkArgument('formatNote', 'name', name, kinds.text);
  checkArgument('formatNote', 'note', note, { ...kinds.record, example: '{ message }' });
  const { message, reverse } = note;
  return `${name}: ${message}${reverse === undefined ? '' : ` (otherwise: ${reverse})`}.`;
}
