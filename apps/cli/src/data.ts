import { basename } from 'node:path';
import type { AbortSignalLike, Dataset, EnergyModel, ImageShape } from '@rbm/core';
import { type Binarisation, fromArray } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import { binarisationFor } from './binarisation.js';
import { countedFromZero } from './category-base.js';
import { chosenVisible } from './column-kinds.js';
import { hashValues } from './content-hash.js';
import { checkDataOptions, type DataArguments, type SourceKind } from './data-options.js';
import { findSource } from './data-source.js';
import { firstRows, limitAndSplit, splitFor } from './data-split.js';
import type { LayerChoice } from './layer-choice.js';
import { withoutMissing } from './missing-values.js';
import { checkImage, matchDataset, matchRaw } from './model-match.js';
import type { Pieces } from './pieces.js';
import type { RawData, ReadContext } from './raw-data.js';
import { readAlignment } from './sources/alignment.js';
import { readArchive } from './sources/archive.js';
import { readArray } from './sources/array.js';
import { readIdx } from './sources/idx.js';
import { isNamed, loadNamed, type NamedSource } from './sources/named.js';
import { readTable } from './sources/table.js';
import { UsageError } from './usage-error.js';
import { clipRounding, refuseHuge } from './value-range.js';
import { checkRange, fitToUnits, type VisibleData } from './visible-data.js';

export { type DataArguments, dataOptions } from './data-options.js';

/** What else matters for loading. */
export interface DataContext {
  readonly signal: AbortSignalLike;
  readonly log: (line: string) => void;
  /** Of the visible units (default: Bernoulli units, Potts units for sequences). */
  readonly visible?: LayerChoice | undefined;
  /** Where data sets of plugins come from. */
  readonly pieces?: Pieces;
  readonly standardise?: 'none' | 'columns' | undefined;
  /** The model that the data are for: they are compared with it. */
  readonly model?: EnergyModel | undefined;
  /** Of that model, to prepare the data as its training data were. */
  readonly details?: ModelDetails | undefined;
}

/** Data as they were loaded, and what identifies them. */
export interface LoadedData extends VisibleData {
  readonly content: DataContent;
}

/** What identifies data, whatever file they come from. */
export interface DataContent {
  /** Of the parsed values: see `hashValues`. */
  readonly sha256: string;
  /** All of them, held-out ones included. */
  readonly rows: number;
  /** Rows that a training on the data does not see. */
  readonly heldOut: number;
}

/**
 * The data that a command line names, as the visible units of a model take them.
 *
 * @throws UsageError for options that make no sense; RbmError as the loaders, and for values that the units cannot be.
 */
export async function loadData(args: DataArguments, context: DataContext): Promise<LoadedData> {
  return prepareData(await readData(args, context), args, context);
}

/** What `--data` names, as it is. */
export interface ReadData {
  readonly kind: SourceKind;
  /** Of the visible units, before the content decides. */
  readonly visible: LayerChoice;
  readonly binarisation: Binarisation | undefined;
  /** Of a file; a data set with a name is prepared as it is made. */
  readonly content: { readonly raw: RawData } | IdentifiedDataset;
}

/** A dataset, and what identifies the values that it was made of. */
interface IdentifiedDataset {
  readonly dataset: Dataset;
  readonly identity: DataContent;
}

/** Reads what `--data` names. @throws as `loadData` */
export async function readData(args: DataArguments, context: DataContext, describes = false): Promise<ReadData> {
  const kind = await findSource(args.data);
  checkDataOptions(args, kind);
  const visible = chosenVisible(args, context.visible) ?? { kind: kind === 'alignment' ? 'potts' : 'bernoulli' };
  const binarisation = binarisationFor(args, visible, context);
  const content = isNamed(kind)
    ? splitNamed(await loadNamed(kind, args, binarisation, context), args, context)
    : { raw: await readers[kind](args, { ...context, visible, describes }) };
  return { kind, visible, binarisation, content };
}

/** What was read, as visible units take it. @throws as `loadData` */
export function prepareData(
  { content, visible, binarisation }: ReadData,
  args: DataArguments,
  context: DataContext,
): LoadedData {
  if ('dataset' in content) {
    const matched = matchDataset(content.dataset, args, context);
    return { ...fitToUnits(matched, { ...context, visible }), content: content.identity };
  }
  const { raw } = content;
  const { dataset, identity } = prepare(raw, args, binarisation, context);
  return { ...fitToUnits(dataset, { ...context, visible: raw.visible }), content: identity };
}

const readers: Readonly<
  Record<Exclude<SourceKind, NamedSource>, (args: DataArguments, context: ReadContext) => Promise<RawData>>
> = { table: readTable, alignment: readAlignment, npy: readArray, npz: readArchive, idx: readIdx };

/** A data set with a name, limited and split: of data that a model was trained on as in its training. */
function splitNamed(whole: Dataset, args: DataArguments, { details, log }: DataContext): IdentifiedDataset {
  const train = firstRows(whole.train, args);
  // Where every pattern is a training sample, they are the test part too.
  const ownTest = whole.test === whole.train ? undefined : whole.test;
  const parts = ownTest ? [train, ownTest] : [train];
  const sha256 = hashValues(parts);
  const split = splitFor(args, sha256, details);
  const dataset = limitAndSplit(whole, args, log, split);
  const heldOut = (split.testFraction === undefined ? ownTest : dataset.test)?.count ?? 0;
  return { dataset, identity: { sha256, rows: parts.reduce((sum, { count }) => sum + count, 0), heldOut } };
}

/** The dataset of what a file holds: limited, binarised, split. */
function prepare(
  raw: RawData,
  args: DataArguments,
  how: Binarisation | undefined,
  context: DataContext,
): IdentifiedDataset {
  const { visible, record = {}, areCodes = false } = raw;
  const name = basename(args.data);
  const limited = firstRows(withoutMissing(raw.samples, args, raw.advice, context.log), args);
  const sha256 = hashValues([limited]);
  const split = splitFor(args, sha256, context.details);
  const matched = matchRaw(limited, raw, args, context);
  const identified = (dataset: Dataset): IdentifiedDataset => ({
    dataset,
    identity: { sha256, rows: limited.count, heldOut: dataset.test?.count ?? 0 },
  });
  const counted = areCodes
    ? { samples: matched, record: {} }
    : countedFromZero(matched, visible, context.details, args.data, context.log);
  const isPlain = !areCodes && (how?.method ?? 'none') === 'none';
  if (isPlain) refuseHuge(counted.samples, args.data);
  const clipped = isPlain ? clipRounding(counted.samples, visible, args.data, context.log) : counted.samples;
  const { values, count, width, labels, weights } = clipped;
  const samples = { values, count, width, ...(labels && { labels }), ...(weights && { weights }) };
  if (areCodes) {
    const dataset = fromArray({ name, ...samples, ...split });
    return identified({ ...dataset, preparation: { ...dataset.preparation, ...record } });
  }
  // One-hot columns that became categories make no picture.
  const rawImage = width === limited.width ? raw.image : undefined;
  const image = args.image === undefined ? rawImage : parseImageShape(args.image, width);
  checkImage({ name: args.data, image }, context);
  // Fully on is what it was for the data of the model, not the largest value at hand.
  const recorded = context.details?.preparation?.maximum;
  const maximum = typeof recorded === 'number' ? recorded : undefined;
  if (isPlain && (maximum ?? 1) === 1) checkRange(samples, visible, args.data);
  const dataset = fromArray({
    name,
    ...samples,
    ...(image ? { image } : {}),
    ...(how ? { binarise: how } : {}),
    ...(maximum === undefined ? {} : { maximum }),
    ...split,
    ...(visible.kind === 'bernoulli' ? { log: context.log } : {}),
  });
  return identified({ ...dataset, preparation: { ...dataset.preparation, ...record, ...counted.record } });
}

function parseImageShape(text: string, width: number): ImageShape {
  const match = /^(\d+)x(\d+)$/.exec(text);
  const shape = [Number(match?.[1]), Number(match?.[2])] as const;
  if (!match || shape[0] * shape[1] !== width) {
    throw new UsageError(`--image ${text}: a height and width like 28x28 whose product is ${width} is needed.`);
  }
  return shape;
}
