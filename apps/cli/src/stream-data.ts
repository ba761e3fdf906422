import { basename } from 'node:path';
import type { AbortSignalLike, Dataset, EnergyModel, ImageShape, SampleArray, Samples } from '@rbm/core';
import type { OpenSource } from '@rbm/core/contracts';
import { sourceRows } from '@rbm/core/contracts';
import { binarisationRecord } from '@rbm/datasets';
import { idxSource } from '@rbm/datasets/node';
import { npySource } from '@rbm/formats/node';
import { type SampleStream, streamSamples } from '@rbm/train';
import { RunningHash } from './content-hash.js';
import type { LoadedData } from './data.js';
import { checkDataOptions, type DataArguments } from './data-options.js';
import { findSource } from './data-source.js';
import type { LayerChoice } from './layer-choice.js';
import { UsageError } from './usage-error.js';
import type { VisibleData } from './visible-data.js';

/** A file that is read in blocks. */
export interface StreamedFile {
  /** Its first rows, which say what the visible units of a model are. */
  readonly first: VisibleData;
  /**
   * Reads the file once and checks it.
   *
   * @returns With rows that are evenly spread over the file, for all that needs samples in memory.
   * @throws as `streamSamples`
   */
  check(
    model: EnergyModel,
    signal: AbortSignalLike,
  ): Promise<{ readonly stream: SampleStream; readonly data: LoadedData }>;
  close(): Promise<void>;
}

/** Options about data that need all of them in memory. */
const refused = [
  'limit',
  'test-fraction',
  'binarise-seed',
  'image',
  'layout',
  'label',
  'columns',
  'drop',
  'drop-incomplete',
] as const satisfies readonly (keyof DataArguments)[];

/** Rows of which the shape of a model follows. */
const FIRST_ROWS = 100;

/**
 * Opens the file of `--data` for `--stream`.
 *
 * @throws UsageError for data, units or options that need all values in memory; RbmError as `npySource` and `idxSource`
 */
export async function openStream(
  args: DataArguments,
  visible: LayerChoice = { kind: 'bernoulli' },
  standardise?: 'none' | 'columns',
): Promise<StreamedFile> {
  const kind = await findSource(args.data);
  checkDataOptions(args, kind);
  const level = checkStream(args, visible, standardise);
  if (kind !== 'npy' && kind !== 'idx') {
    throw new UsageError(`--stream reads .npy and IDX files; ${args.data} is neither. Convert it, or omit --stream.`);
  }
  const file = kind === 'npy' ? await npySource(args.data) : await idxSource(args.data);
  try {
    const source = level === undefined ? file : thresholded(file, level);
    const long = file.shape.slice(1).filter((extent) => extent > 1);
    const image = file.shape.length > 2 && long.length === 2 ? (long as unknown as ImageShape) : undefined;
    const preparation = binarisationRecord(
      level === undefined ? { method: 'none' } : { method: 'threshold', threshold: level },
      1,
    );
    const name = basename(args.data);
    const visibleData = (train: Samples): VisibleData => {
      const dataset: Dataset = { specVersion: 1, name, train, preparation, ...(image ? { image } : {}) };
      return { dataset, visible };
    };
    const { count, width } = source;
    const first = sourceRows(source, Math.min(FIRST_ROWS, count));
    await source.read(0, Math.min(FIRST_ROWS, count), first);
    return {
      first: visibleData({ ...first, count: Math.min(FIRST_ROWS, count), width }),
      close: () => file.close(),
      async check(model, signal) {
        // The check reads all rows in order: the hash is of the values in the file, as without --stream.
        const hash = new RunningHash(count, width, file.numbers === 'uint8');
        const hashed = level === undefined ? hashing(file, hash) : thresholded(hashing(file, hash), level);
        const stream = await streamSamples(hashed, { model, signal });
        const content = { sha256: hash.digest(), rows: count, heldOut: 0 };
        return { stream: { ...stream, source }, data: { ...visibleData(stream.excerpt), content } };
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @returns The threshold, if values are to be binarised. @throws UsageError */
function checkStream(
  args: DataArguments,
  { kind }: LayerChoice,
  standardise: 'none' | 'columns' | undefined,
): number | undefined {
  const stranger = refused.find((name) => args[name] !== undefined);
  if (stranger) throw new UsageError(`--${stranger} does not go with --stream, which reads all rows as they are.`);
  const isReal = kind === 'gaussian' || kind === 'relu';
  if (kind !== 'bernoulli' && !isReal) {
    throw new UsageError(`--stream is for --visible bernoulli, gaussian and relu, not ${kind}.`);
  }
  if (isReal && standardise !== 'none') {
    throw new UsageError(`--stream takes values as they are: ${kind} units need --standardise none.`);
  }
  const { binarise, threshold } = args;
  if (binarise === 'stochastic') throw new UsageError('--binarise stochastic does not go with --stream.');
  if (threshold !== undefined && binarise === 'none') {
    throw new UsageError('--threshold goes with --binarise threshold, not none.');
  }
  if (binarise === 'threshold' && threshold === undefined) {
    throw new UsageError('--binarise threshold needs --threshold with --stream: the largest value is not known.');
  }
  return threshold;
}

/** The source with 1 for values above a level, else 0. */
function thresholded(source: OpenSource, level: number): OpenSource {
  return {
    ...source,
    numbers: 'uint8',
    async read(first, count, into, signal) {
      const raw = source.numbers === 'uint8' ? into : { ...into, values: sourceRows(source, count).values };
      await source.read(first, count, raw, signal);
      const { values } = into;
      for (let i = 0; i < count * source.width; i++) values[i] = (raw.values[i] as number) > level ? 1 : 0;
    },
  };
}

/** The source, with a hash of what is read. */
function hashing(source: OpenSource, hash: { add(values: SampleArray): void }): OpenSource {
  return {
    ...source,
    async read(first, count, into, signal) {
      await source.read(first, count, into, signal);
      hash.add(into.values);
    },
  };
}
