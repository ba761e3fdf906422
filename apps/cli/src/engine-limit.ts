import { RbmError } from '@rbm/core';

/** What engines say when an array, a string or a map cannot be made as large as asked for. */
const messages =
  /array buffer allocation failed|invalid (typed )?array (buffer )?length|invalid string length|cannot create a string longer|(map|set) maximum size exceeded|array size exceeds|out of memory/i;

/** The error of a size that passed all checks and was too large for the engine after all; nothing for other errors. */
export function engineLimit(error: unknown): RbmError | undefined {
  if (!(error instanceof Error) || !messages.test(error.message)) return undefined;
  return new RbmError(
    'SIZE_LIMIT',
    `This needs more than there is: ${error.message}. Use fewer rows (--limit), samples, chains or units.`,
    { cause: error },
  );
}
