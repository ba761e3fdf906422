import { RbmError } from '@rbm/core';
import { type CsvOptions, type CsvSamples, formatNote } from '@rbm/datasets';
import { readCsv } from '@rbm/datasets/node';
import { parseColumns } from '../column-kinds.js';
import type { DataArguments } from '../data-options.js';
import type { LayerChoice } from '../layer-choice.js';
import { lettersFor, withLetters } from '../letters.js';
import { explainLetters, matchAlphabet, matchCategoryNames } from '../model-match.js';
import type { RawData, ReadContext } from '../raw-data.js';
import { noteLabel } from '../table-label.js';
import { recordFrom, recordOf } from '../table-record.js';
import { UsageError } from '../usage-error.js';

/** Reads a table. @throws UsageError; RbmError as `readCsv`. */
export async function readTable(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { details, log } = context;
  const letters = lettersFor(args, details);
  if (letters !== undefined) matchAlphabet(args.data, letters, context);
  const visible = letters === undefined ? context.visible : withLetters(context.visible, letters);
  const table = await explainLetters(details, () => parse(args, context, letters));
  for (const note of table.notes) log(formatNote(args.data, note));
  if (letters === undefined) noteLabel(table, args, log);
  const record = { ...recordOf(table), ...(letters !== undefined && { alphabet: letters }) };
  const { categories, labelNames } = table;
  const about = {
    samples: table,
    record,
    advice: '--drop-incomplete or --columns',
    ...(letters !== undefined && { letters }),
    ...(labelNames && { labelNames }),
    ...(categories && { categories }),
  };
  if (!categories || context.describes) return { ...about, visible };
  matchCategoryNames(args.data, categories, table.names, context);
  return { ...about, visible: withCategories(visible, table, args.data, log), areCodes: true };
}

async function parse(
  args: DataArguments,
  { details, signal, visible, describes }: ReadContext,
  letters: string | undefined,
): Promise<CsvSamples> {
  try {
    return await readCsv(args.data === '-' ? process.stdin : args.data, {
      ...csvOptions(args, describes),
      like: recordFrom(details),
      ...(letters === undefined ? {} : { alphabet: letters }),
      // Incomplete rows do not count.
      ...(args.limit === undefined || args['drop-incomplete'] ? {} : { limit: args.limit }),
      signal,
    });
  } catch (error) {
    if (visible.kind !== 'potts' || letters !== undefined || !RbmError.isInstance(error)) throw error;
    if (error.code !== 'FILE_INVALID') throw error;
    throw new RbmError(error.code, `${error.message} If the file has letters, name them with --alphabet.`, {
      cause: error,
    });
  }
}

/** The options of a table as its reader takes them. */
function csvOptions(args: DataArguments, describes = false): CsvOptions {
  const { data, label, header = 'auto', columns, drop, missing, decimal } = args;
  const selection = columns === undefined ? undefined : parseColumns(columns);
  return {
    name: data === '-' ? 'standard input' : data,
    header: header === 'auto' ? header : header === 'yes',
    ...(label === undefined ? {} : { label }),
    ...(selection && { columns: selection.items }),
    ...(describes && { categories: 'text' as const }),
    ...(selection?.kind?.kind === 'potts' && { categories: selection.items }),
    ...(drop === undefined ? {} : { drop: drop.split(',') }),
    ...(missing === undefined ? {} : { missing: [missing] }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(args['keep-index'] ? { keepIndex: true } : {}),
  };
}

/** Potts units with as many categories as the column that has most. */
function withCategories(
  visible: LayerChoice,
  { categories = [], names }: CsvSamples,
  file: string,
  log: (line: string) => void,
): LayerChoice {
  const counts = categories.map((texts) => texts?.length ?? 0);
  const most = Math.max(2, ...counts);
  const { size = most } = visible;
  if (visible.kind !== 'potts' || size < most) {
    const title = names?.[counts.indexOf(most)] ?? counts.indexOf(most) + 1;
    const units = visible.kind === 'potts' ? `of ${size} categories` : visible.kind;
    throw new UsageError(`${file}: column ${title} has ${most} categories; the visible units are ${units}.`);
  }
  const fewer = counts.filter((count) => count < size).length;
  if (fewer > 0) {
    log(
      `${file}: units have ${size} categories; in samples, one that a column does not have is written as "?" (${fewer} columns have fewer).`,
    );
  }
  return { ...visible, size };
}
