import { basename, extname } from 'node:path';
import { type AbortSignalLike, type Dataset, type ImageShape, RbmError } from '@rbm/core';
import {
  alphabet,
  type Binarisation,
  barsAndStripes,
  binarisationFrom,
  type CsvSamples,
  digits,
  formatNote,
  fromArray,
  parseCsv,
  parseFasta,
} from '@rbm/datasets';
import { mnist } from '@rbm/datasets/node';
import { decodeNpy, type ModelDetails } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { Options } from 'yargs';
import type { LayerChoice } from './layer-choice.js';
import { withoutMissing } from './missing-values.js';
import { checkNumbers } from './numbers.js';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';
import { checkRange, fitToUnits, type VisibleData } from './visible-data.js';

/** Names of files that hold alignments. */
const alignmentExtensions: readonly string[] = [
  '.fasta',
  '.fa',
  '.faa',
  '.fas',
  '.afa',
  '.a2m',
  '.a3m',
  '.aln',
  '.sto',
  '.stk',
];

/** What the options about data come to. */
export interface DataArguments {
  data: string;
  'data-folder'?: string;
  binarise?: 'threshold' | 'stochastic' | 'none';
  threshold?: number;
  'binarise-seed'?: number;
  image?: string;
  label?: string;
  header?: 'auto' | 'yes' | 'no';
  columns?: string;
  drop?: string;
  missing?: string;
  decimal?: '.' | ',';
  'keep-index'?: boolean;
  'drop-incomplete'?: boolean;
  'keep-inserts'?: boolean;
  ambiguous?: 'gap' | 'error';
  'test-fraction'?: number;
  limit?: number;
  alphabet?: string;
}

/** The options about data that commands share. */
export const dataOptions: Record<string, Options> = {
  data: {
    type: 'string',
    demandOption: true,
    describe: 'mnist, digits, bars-and-stripes[:n], a .csv or .npy file with one sample a row, or an aligned .fasta',
  },
  'data-folder': { type: 'string', describe: 'Where the MNIST files are' },
  binarise: {
    choices: ['threshold', 'stochastic', 'none'],
    describe: 'How grey levels become 0 and 1; as the model file says, or by the data set, unless given',
  },
  threshold: { type: 'number', describe: 'Values above it become 1; half of the largest unless given' },
  'binarise-seed': { type: 'number', describe: 'Seed of --binarise stochastic; 1 unless given' },
  image: { type: 'string', describe: 'Height and width of samples in a file that are images: 28x28' },
  label: { type: 'string', describe: 'Column of a table that is a label: a name, a number from 1, first or last' },
  header: { choices: ['auto', 'yes', 'no'], describe: 'Whether the first line of a table names its columns' },
  columns: { type: 'string', describe: 'Columns of a table to use: names, numbers from 1 and ranges: a,b,5-8' },
  drop: { type: 'string', describe: 'Columns of a table to leave out, as --columns' },
  missing: { type: 'string', describe: 'What a table has for a missing value, beside NA, NaN, null, None and ?' },
  decimal: { choices: ['.', ','], describe: 'The decimal separator of a table' },
  'keep-index': { type: 'boolean', describe: 'Keep the column without a name that counts the rows of a table' },
  'drop-incomplete': { type: 'boolean', describe: 'Leave out the rows of a table with missing values' },
  'keep-inserts': { type: 'boolean', describe: 'Keep the insert columns of an A2M file' },
  ambiguous: { choices: ['gap', 'error'], describe: 'What ambiguous letters of an alignment become (default: gap)' },
  'test-fraction': { type: 'number', describe: 'Share of the samples in a file to hold out, at random' },
  limit: { type: 'number', describe: 'Use only the first so many training samples of MNIST' },
  alphabet: {
    type: 'string',
    describe:
      'protein, dna, rna, or the letters themselves, of a .fasta file (protein unless given) or a .csv of letters',
  },
};

/** What else matters for loading. */
export interface DataContext {
  readonly signal: AbortSignalLike;
  readonly log: (line: string) => void;
  /** Of the visible units; Bernoulli units, or for sequences Potts units, unless given. */
  readonly visible?: LayerChoice | undefined;
  /** Where data sets of plugins come from. */
  readonly pieces?: Pieces;
  readonly standardise?: 'none' | 'columns' | undefined;
  /** Of the model that the data are for, to prepare them as its training data were. */
  readonly details?: ModelDetails | undefined;
}

/**
 * The data that a command line names, as the visible units of a model take them.
 *
 * @throws UsageError for options that make no sense; RbmError as the loaders, and for values that the units cannot be.
 */
export async function loadData(args: DataArguments, context: DataContext): Promise<VisibleData> {
  checkNumbers(args, { 'binarise-seed': 'seed', 'test-fraction': 'share', limit: 'count' });
  const extension = extname(args.data).toLowerCase();
  const isAlignment = alignmentExtensions.includes(extension);
  const chosen = context.visible ?? { kind: isAlignment ? 'potts' : 'bernoulli' };
  const how = binarisationFor(args, chosen, context);
  refuseOthers(args, isAlignment ? 'an alignment' : isTable(extension) ? 'a table' : 'other data');
  if (isAlignment) return loadAlignment(args, chosen, context);
  const isFile = isTable(extension) || extension === '.npy';
  const { dataset, visible } = isFile
    ? await loadFile(args, extension, how, chosen, context)
    : { dataset: await loadNamed(args, how, context), visible: chosen };
  return fitToUnits(dataset, { ...context, visible });
}

/** Names of files that hold tables. */
function isTable(extension: string): boolean {
  return ['.csv', '.tsv', '.txt', '.data'].includes(extension);
}

/** Options that belong to one sort of file. */
const tableOptions = [
  'label',
  'header',
  'columns',
  'drop',
  'missing',
  'decimal',
  'keep-index',
  'drop-incomplete',
] as const;
const alignmentOptions = ['keep-inserts', 'ambiguous'] as const;

function refuseOthers(args: DataArguments, source: 'an alignment' | 'a table' | 'other data'): void {
  for (const [options, owner] of [
    [tableOptions, 'a table'],
    [alignmentOptions, 'an alignment'],
  ] as const) {
    const given = owner === source ? undefined : options.find((option) => args[option] !== undefined);
    if (given)
      throw new UsageError(`--${given} is for ${owner}; ${args.data} is ${source === 'other data' ? 'none' : source}.`);
  }
}

/** Grey levels are binarised for binary units only; as the model's were if there is one. */
function binarisationFor(args: DataArguments, visible: LayerChoice, context: DataContext): Binarisation | undefined {
  const asked = binarisationOf(args);
  if (asked) return asked;
  const { details, log } = context;
  if (!details?.preparation) {
    return visible.kind === 'gaussian' || visible.kind === 'relu' ? { method: 'none' } : undefined;
  }
  log(`Preparing the data as the model's were: ${JSON.stringify(details.preparation)}`);
  return binarisationFrom(details.preparation);
}

async function loadNamed(args: DataArguments, how: Binarisation | undefined, context: DataContext): Promise<Dataset> {
  const chosen = how ? { binarise: how } : {};
  const [name, parameter] = args.data.split(':', 2) as [string, string | undefined];
  if (name === 'mnist') {
    return mnist({
      ...chosen,
      ...(args['data-folder'] ? { folder: args['data-folder'] } : {}),
      ...(args.limit === undefined ? {} : { limit: args.limit }),
      resolveFrom: [import.meta.url],
      signal: context.signal,
      log: context.log,
    });
  }
  if (name === 'digits') return digits(chosen);
  if (name === 'bars-and-stripes') {
    // Every pattern is a training sample and there is nothing else to judge by.
    const patterns = barsAndStripes(parameter === undefined ? 4 : Number(parameter));
    return { ...patterns, test: patterns.train };
  }
  if (name.includes('/') && context.pieces) return context.pieces.dataset(name, context);
  throw new UsageError(`--data ${args.data}: no data set of that name, nor a .csv, .npy or .fasta file.`);
}

function binarisationOf(args: DataArguments): Binarisation | undefined {
  const { binarise, threshold, 'binarise-seed': seed } = args;
  if (threshold !== undefined && binarise !== undefined && binarise !== 'threshold') {
    throw new UsageError(`--threshold goes with --binarise threshold, not ${binarise}.`);
  }
  if (seed !== undefined && binarise !== 'stochastic') {
    throw new UsageError('--binarise-seed goes with --binarise stochastic.');
  }
  switch (binarise) {
    case 'none':
      return { method: 'none' };
    case 'stochastic':
      return { method: 'stochastic', seed: seed ?? 1 };
    case 'threshold':
      return threshold === undefined ? { method: 'threshold' } : { method: 'threshold', threshold };
    default:
      return threshold === undefined ? undefined : { method: 'threshold', threshold };
  }
}

/** The alphabet that the command line or the model's data name, as letters. */
function lettersFor(args: DataArguments, { details }: DataContext): string | undefined {
  const recorded = details?.preparation?.alphabet;
  const name = args.alphabet ?? (typeof recorded === 'string' ? recorded : undefined);
  if (name === undefined) return undefined;
  const { letters } = alphabet(name);
  if (recorded !== undefined && recorded !== letters) {
    throw new UsageError(`--alphabet ${args.alphabet}: the model's data have the alphabet ${recorded}.`);
  }
  return letters;
}

/** Potts units of an alphabet have a category a letter. */
function withLetters(visible: LayerChoice, letters: string): LayerChoice {
  if (visible.kind !== 'potts') {
    throw new UsageError(`Letters are categories: --visible potts goes with them, not ${visible.kind}.`);
  }
  if (visible.size !== undefined && visible.size !== letters.length) {
    throw new UsageError(
      `The visible units have ${visible.size} categories, but the alphabet "${letters}" has ${letters.length} letters.`,
    );
  }
  return { ...visible, size: letters.length };
}

async function loadAlignment(args: DataArguments, chosen: LayerChoice, context: DataContext): Promise<VisibleData> {
  if (args.binarise !== undefined || args.threshold !== undefined) {
    throw new UsageError('--binarise and --threshold are for numbers, not for sequences.');
  }
  const letters = lettersFor(args, context) ?? alphabet('protein').letters;
  const visible = withLetters(chosen, letters);
  const text = new TextDecoder().decode(await readFileBytes(args.data));
  const { values, count, width, notes } = parseFasta(text, {
    name: args.data,
    alphabet: letters,
    ...(extname(args.data).toLowerCase() === '.a3m' ? { format: 'a3m' as const } : {}),
    ...(args['keep-inserts'] ? { keepInserts: true } : {}),
    ...(args.ambiguous ? { ambiguous: args.ambiguous } : {}),
  });
  for (const note of notes) context.log(formatNote(args.data, note));
  const dataset = fromArray({ name: basename(args.data), values, count, width, ...splitOf(args) });
  const preparation = { ...dataset.preparation, alphabet: letters };
  return fitToUnits({ ...dataset, preparation }, { ...context, visible });
}

function splitOf(args: DataArguments): { seed: number; testFraction?: number } {
  return { seed: 1, ...(args['test-fraction'] === undefined ? {} : { testFraction: args['test-fraction'] }) };
}

async function loadFile(
  args: DataArguments,
  extension: string,
  how: Binarisation | undefined,
  chosen: LayerChoice,
  context: DataContext,
): Promise<{ dataset: Dataset; visible: LayerChoice }> {
  const bytes = await readFileBytes(args.data);
  const letters = isTable(extension) ? lettersFor(args, context) : undefined;
  const visible = letters === undefined ? chosen : withLetters(chosen, letters);
  const array = extension === '.npy' ? readNpy(bytes, args.data) : readCsv(bytes, args, visible, letters, context.log);
  const image = args.image === undefined ? undefined : parseImageShape(args.image, array.width);
  // Fully on is what it was for the data of the model, not the largest value at hand.
  const recorded = context.details?.preparation?.maximum;
  const maximum = typeof recorded === 'number' ? recorded : undefined;
  if ((how?.method ?? 'none') === 'none' && (maximum ?? 1) === 1) checkRange(array, visible, args.data);
  const dataset = fromArray({
    name: basename(args.data),
    ...array,
    ...(image ? { image } : {}),
    ...(how ? { binarise: how } : {}),
    ...(maximum === undefined ? {} : { maximum }),
    ...splitOf(args),
    ...(visible.kind === 'bernoulli' ? { log: context.log } : {}),
  });
  if (letters === undefined) return { dataset, visible };
  return { dataset: { ...dataset, preparation: { ...dataset.preparation, alphabet: letters } }, visible };
}

function readCsv(
  bytes: Uint8Array,
  args: DataArguments,
  visible: LayerChoice,
  letters: string | undefined,
  log: (line: string) => void,
): CsvSamples {
  const { label, header = 'auto', columns, drop, missing, decimal } = args;
  try {
    const table = parseCsv(new TextDecoder().decode(bytes), {
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
    for (const note of table.notes) log(formatNote(args.data, note));
    return withoutMissing(table, args.data, args['drop-incomplete'] ?? false, log);
  } catch (error) {
    if (visible.kind !== 'potts' || letters !== undefined || !RbmError.isInstance(error)) throw error;
    throw new RbmError(error.code, `${error.message} If the file has letters, name them with --alphabet.`, {
      cause: error,
    });
  }
}

function readNpy(bytes: Uint8Array, name: string): { values: Float64Array; count: number; width: number } {
  const { shape, data } = decodeNpy(bytes, name);
  const [count, ...rest] = shape;
  if (count === undefined || rest.length === 0) {
    throw new RbmError(
      'DATA_INVALID',
      `${name}: an array of shape [${shape}] is no list of samples; [count, …] is needed.`,
    );
  }
  return { values: Float64Array.from(data), count, width: rest.reduce((product, extent) => product * extent, 1) };
}

function parseImageShape(text: string, width: number): ImageShape {
  const match = /^(\d+)x(\d+)$/.exec(text);
  const shape = [Number(match?.[1]), Number(match?.[2])] as const;
  if (!match || shape[0] * shape[1] !== width) {
    throw new UsageError(`--image ${text}: a height and width like 28x28 whose product is ${width} is needed.`);
  }
  return shape;
}
