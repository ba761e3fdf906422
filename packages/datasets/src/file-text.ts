import { type ArgumentKind, argumentKinds } from '@rbm/core/contracts';

/** The content of a text file, for checks of arguments. */
export const fileText: ArgumentKind = { ...argumentKinds.text, example: "await readFile('a file', 'utf8')" };
