import { RbmError } from '@rbm/core';
import { type CsvSamples, formatNote, parseCsv } from '@rbm/datasets';
import { readDecompressed } from '@rbm/datasets/node';
import type { DataArguments } from '../data-options.js';
import { lettersFor, withLetters } from '../letters.js';
import { withoutMissing } from '../missing-values.js';
import type { RawData, ReadContext } from '../raw-data.js';

/** Reads a table. @throws UsageError; RbmError as `parseCsv`. */
export async function readTable(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { details, log, signal } = context;
  const letters = lettersFor(args, details);
  const visible = letters === undefined ? context.visible : withLetters(context.visible, letters);
  const bytes = await readDecompressed(args.data, signal);
  const table = parse(bytes, args, letters, visible.kind === 'potts');
  for (const note of table.notes) log(formatNote(args.data, note));
  return {
    samples: withoutMissing(table, args, '--drop-incomplete or --columns', log),
    visible,
    ...(letters !== undefined && { record: { alphabet: letters } }),
  };
}

function parse(
  bytes: Uint8Array,
  args: DataArguments,
  letters: string | undefined,
  areCategories: boolean,
): CsvSamples {
  const { label, header = 'auto', columns, drop, missing, decimal } = args;
  try {
    return parseCsv(new TextDecoder().decode(bytes), {
      name: args.data,
      header: header === 'auto' ? header : header === 'yes',
      ...(label === undefined ? {} : { label }),
      ...(columns === undefined ? {} : { columns: columns.split(',') }),
      ...(drop === undefined ? {} : { drop: drop.split(',') }),
      ...(missing === undefined ? {} : { missing: [missing] }),
      ...(decimal === undefined ? {} : { decimal }),
      ...(args['keep-index'] ? { keepIndex: true } : {}),
      ...(letters === undefined ? {} : { alphabet: letters }),
    });
  } catch (error) {
    if (!areCategories || letters !== undefined || !RbmError.isInstance(error)) throw error;
    throw new RbmError(error.code, `${error.message} If the file has letters, name them with --alphabet.`, {
      cause: error,
    });
  }
}
