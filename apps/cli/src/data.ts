import { basename, extname } from 'node:path';
import { type AbortSignalLike, type Dataset, type ImageShape, RbmError } from '@rbm/core';
import { type Binarisation, barsAndStripes, binarisationFrom, digits, fromArray, parseCsv } from '@rbm/datasets';
import { mnist } from '@rbm/datasets/node';
import { decodeNpy } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { Options } from 'yargs';
import { checkNumbers } from './numbers.js';
import { UsageError } from './usage-error.js';

/** What the options about data come to. */
export interface DataArguments {
  data: string;
  'data-folder'?: string;
  binarise?: 'threshold' | 'stochastic' | 'none';
  threshold?: number;
  'binarise-seed'?: number;
  image?: string;
  label?: 'first' | 'last' | 'none';
  'test-fraction'?: number;
  limit?: number;
}

/** The options about data that commands share. */
export const dataOptions: Record<string, Options> = {
  data: {
    type: 'string',
    demandOption: true,
    describe: 'mnist, digits, bars-and-stripes[:n], or a .csv or .npy file with one sample a row',
  },
  'data-folder': { type: 'string', describe: 'Where the MNIST files are' },
  binarise: {
    choices: ['threshold', 'stochastic', 'none'],
    describe: 'How grey levels become 0 and 1; as the model file says, or by the data set, unless given',
  },
  threshold: { type: 'number', describe: 'Values above it become 1; half of the largest unless given' },
  'binarise-seed': { type: 'number', describe: 'Seed of --binarise stochastic; 1 unless given' },
  image: { type: 'string', describe: 'Height and width of samples in a file that are images: 28x28' },
  label: { choices: ['first', 'last', 'none'], describe: 'Which column of a .csv file is a label; none unless given' },
  'test-fraction': { type: 'number', describe: 'Share of the samples in a file to hold out, at random' },
  limit: { type: 'number', describe: 'Use only the first so many training samples of MNIST' },
};

/** What else matters for loading. */
export interface DataContext {
  readonly signal: AbortSignalLike;
  readonly log: (line: string) => void;
  /** How the data of a model were prepared, to prepare these in the same way. */
  readonly preparation?: Dataset['preparation'] | undefined;
}

/**
 * The data that a command line names.
 *
 * @throws UsageError for options that make no sense; RbmError as the loaders.
 */
export async function loadData(args: DataArguments, context: DataContext): Promise<Dataset> {
  checkNumbers(args, { 'binarise-seed': 'seed', 'test-fraction': 'share', limit: 'count' });
  const asked = binarisationOf(args);
  const how = asked ?? (context.preparation && binarisationFrom(context.preparation));
  if (how && !asked) context.log(`Preparing the data as the model's were: ${JSON.stringify(context.preparation)}`);
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
  const extension = extname(args.data).toLowerCase();
  if (extension === '.csv' || extension === '.npy') return loadFile(args, extension, how, context);
  throw new UsageError(`--data ${args.data}: no data set of that name, nor a .csv or .npy file.`);
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

async function loadFile(
  args: DataArguments,
  extension: string,
  how: Binarisation | undefined,
  { preparation, log }: DataContext,
): Promise<Dataset> {
  const bytes = await readFileBytes(args.data);
  const { label = 'none' } = args;
  const array =
    extension === '.npy'
      ? readNpy(bytes, args.data)
      : parseCsv(new TextDecoder().decode(bytes), { name: args.data, ...(label === 'none' ? {} : { label }) });
  const image = args.image === undefined ? undefined : parseImageShape(args.image, array.width);
  return fromArray({
    name: basename(args.data),
    ...array,
    ...(image ? { image } : {}),
    ...(how ? { binarise: how } : {}),
    // Fully on is what it was for the data of the model, not the largest value at hand.
    ...(typeof preparation?.maximum === 'number' ? { maximum: preparation.maximum } : {}),
    ...(args['test-fraction'] === undefined ? {} : { testFraction: args['test-fraction'] }),
    seed: 1,
    log,
  });
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
