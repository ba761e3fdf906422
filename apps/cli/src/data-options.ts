import type { Options } from 'yargs';
import { checkNumbers } from './numbers.js';
import { UsageError } from './usage-error.js';

/** What data can come from, with how messages name it. */
export const sources = {
  table: 'a table',
  alignment: 'an alignment',
  npy: 'a .npy array',
  npz: 'a .npz archive',
  idx: 'an IDX file',
  mnist: 'mnist',
  digits: 'digits',
  'bars-and-stripes': 'bars-and-stripes',
  plugin: "a plugin's data set",
} as const;

/** One sort of source. */
export type SourceKind = keyof typeof sources;

/** What the options about data come to. */
export interface DataArguments {
  data: string;
  'data-folder'?: string;
  binarise?: 'threshold' | 'stochastic' | 'none';
  threshold?: number;
  'binarise-seed'?: number;
  image?: string;
  layout?: 'image' | 'onehot' | 'flat';
  key?: string;
  label?: string;
  header?: 'auto' | 'yes' | 'no';
  columns?: string;
  drop?: string;
  missing?: string;
  decimal?: '.' | ',';
  'keep-index'?: boolean;
  'drop-incomplete'?: boolean;
  'keep-inserts'?: boolean;
  ambiguous?: 'gap' | 'missing' | 'error';
  'test-fraction'?: number;
  limit?: number;
  alphabet?: string;
}

/** The name of an option about data. */
type DataOptionName = Exclude<keyof DataArguments, 'data'>;

const everything = Object.keys(sources) as readonly SourceKind[];
const arrays = ['npy', 'npz', 'idx'] as const;
const numbers = ['table', ...arrays] as const;
const grey = [...numbers, 'mnist', 'digits'] as const;

/** Each option about data: the sources that it applies to, and its help. An option for another source is an error. */
export const dataOptionTable: Readonly<
  Record<DataOptionName, { readonly sources: readonly SourceKind[]; readonly options: Options }>
> = {
  limit: {
    sources: everything,
    options: { type: 'number', describe: 'Use only the first so many training samples' },
  },
  'test-fraction': {
    sources: everything,
    options: {
      type: 'number',
      describe: 'Share of the training samples to hold out, at random, in place of a test part that the source has',
    },
  },
  binarise: {
    sources: grey,
    options: {
      choices: ['threshold', 'stochastic', 'none'],
      describe: 'How grey levels become 0 and 1 (default: as the model file says, or by the data set)',
    },
  },
  threshold: {
    sources: grey,
    options: { type: 'number', describe: 'Values above it become 1 (default: half of the largest)' },
  },
  'binarise-seed': {
    sources: grey,
    options: { type: 'number', describe: 'Seed of --binarise stochastic (default: 1)' },
  },
  image: {
    sources: numbers,
    options: { type: 'string', describe: 'Height and width of samples in a file that are images: 28x28' },
  },
  layout: {
    sources: arrays,
    options: {
      choices: ['image', 'onehot', 'flat'],
      describe:
        'What the axes of an array after the first are (default: onehot if the last one always sums to 1, else image for two axes)',
    },
  },
  key: { sources: ['npz'], options: { type: 'string', describe: 'Which array of a .npz archive' } },
  label: {
    sources: ['table', 'idx'],
    options: {
      type: 'string',
      describe:
        'Column of a table that is a label: a name, a number from 1, first or last; of an IDX file, its file of labels, or none',
    },
  },
  columns: {
    sources: ['table', 'npy', 'npz'],
    options: {
      type: 'string',
      describe:
        'Columns to use: names, numbers from 1 and ranges: a,b,5-8. With a kind of unit: color:potts takes texts as categories',
    },
  },
  drop: {
    sources: ['table', 'npy', 'npz'],
    options: { type: 'string', describe: 'Columns to leave out, as --columns' },
  },
  'drop-incomplete': {
    sources: ['table', 'alignment', 'npy', 'npz'],
    options: { type: 'boolean', describe: 'Leave out the rows with missing values' },
  },
  header: {
    sources: ['table'],
    options: { choices: ['auto', 'yes', 'no'], describe: 'Whether the first line of a table names its columns' },
  },
  missing: {
    sources: ['table'],
    options: { type: 'string', describe: 'What a table has for a missing value, beside NA, NaN, null, None and ?' },
  },
  decimal: { sources: ['table'], options: { choices: ['.', ','], describe: 'The decimal separator of a table' } },
  'keep-index': {
    sources: ['table'],
    options: { type: 'boolean', describe: 'Keep the column without a name that counts the rows of a table' },
  },
  alphabet: {
    sources: ['alignment', 'table'],
    options: {
      type: 'string',
      describe:
        'protein, dna, rna, or the letters themselves, of an alignment (default: protein) or a table of letters',
    },
  },
  'keep-inserts': {
    sources: ['alignment'],
    options: { type: 'boolean', describe: 'Keep the insert columns of an A2M file' },
  },
  ambiguous: {
    sources: ['alignment'],
    options: {
      choices: ['gap', 'missing', 'error'],
      describe: 'What ambiguous letters of an alignment become (default: gap)',
    },
  },
  'data-folder': { sources: ['mnist'], options: { type: 'string', describe: 'Where the MNIST files are' } },
};

/** The options about data that commands share. */
export const dataOptions: Record<string, Options> = {
  data: {
    type: 'string',
    demandOption: true,
    describe:
      'mnist, digits, bars-and-stripes[:n], or a file with one sample a row: a table (.csv .tsv .txt .data), an array (.npy .npz .idx), an alignment (.fasta .a3m .sto …), each also .gz; - is a table from standard input',
  },
  ...Object.fromEntries(Object.entries(dataOptionTable).map(([name, { options }]) => [name, options])),
};

/**
 * Refuses options that do not apply to a source, and values that make no sense.
 *
 * @throws UsageError
 */
export function checkDataOptions(args: DataArguments, kind: SourceKind): void {
  checkNumbers(args, { 'binarise-seed': 'seed', 'test-fraction': 'share', limit: 'count' });
  for (const [name, { sources: owners }] of Object.entries(dataOptionTable)) {
    if (args[name as DataOptionName] === undefined || owners.includes(kind)) continue;
    const allowed = owners.map((owner) => sources[owner]);
    const list = allowed.length > 1 ? `${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}` : allowed[0];
    throw new UsageError(`--${name} is for ${list}; ${args.data} is ${sources[kind]}.`);
  }
}
