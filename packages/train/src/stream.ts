import { type AbortSignalLike, type EnergyModel, RbmError, type Samples } from '@rbm/core';
import {
  type ArgumentKind,
  checkArgument,
  checkArguments,
  isSource,
  argumentKinds as kinds,
  type Layer,
  optional,
  type Source,
  type SourceRows,
  sourceRows,
  throwIfAborted,
} from '@rbm/core/contracts';
import { checksumOf } from './checksum.js';
import { checkData, type DataKinds } from './data.js';

/** Options of `streamSamples`. */
export interface StreamOptions {
  /** The model that the source is for: its visible layers say which values are right. */
  readonly model: EnergyModel;
  /** Rows that are read at once (default: what 4 MiB hold). */
  readonly blockRows?: number;
  /** Blocks whose rows are shuffled together (default: 16). Twice as many blocks are in memory. */
  readonly windowBlocks?: number;
  /** Rows of the excerpt (default: 10,000, or fewer if 64 MiB do not hold them). */
  readonly excerptRows?: number;
  readonly signal?: AbortSignalLike;
}

/** A source that was read once and checked, for `train`. */
export interface SampleStream {
  readonly source: Source;
  readonly count: number;
  readonly width: number;
  readonly blockRows: number;
  readonly windowBlocks: number;
  /**
   * Rows evenly spread over the source, in memory: what monitors see, and what `fitVisible`, `centring` and `baseRates` can take. All
   * rows if there are no more than `excerptRows`.
   */
  readonly excerpt: Samples;
  /** Of the whole content. */
  readonly checksum: string;
  /** One a block: a block that changes later is noticed. */
  readonly blockChecksums: readonly string[];
  /** The visible layers of the model. */
  readonly layers: readonly Layer[];
  /** One a visible layer. */
  readonly kinds: DataKinds;
}

const sourceKind: ArgumentKind = {
  noun: 'a source',
  example: "await openIdx('a file')",
  is: (value) => kinds.record.is(value) && isSource(value as object),
};

/** Bytes of a block. */
const BLOCK_BYTES = 2 ** 22;
/** Bytes of an excerpt. */
const EXCERPT_BYTES = 2 ** 26;
const EXCERPT_ROWS = 10_000;

/**
 * Reads a source once, from its first row to its last, and checks it against the visible layers of a model.
 *
 * A training on the result reads blocks of `blockRows` rows. In each epoch the blocks come in a random order, and the rows of each
 * `windowBlocks` blocks in a row are shuffled. Each row is seen once an epoch, in an order that follows from the seed and the step, so
 * that training resumes bit for bit. It is not a permutation of all rows: rows that are far apart in the source share a batch only
 * if their blocks meet in a window. In a file that is sorted, by class for example, a block is of one kind and a window of at most
 * `windowBlocks` kinds, so that batches are less alike than with a full shuffle: shuffle such a file once, or take small blocks
 * and many of them in a window. If one window holds all rows, the source is read once and training is that on samples in memory, bit for bit.
 *
 * @throws RbmError `DATA_INVALID` for values or weights that no unit can have, naming the row, and for a source without rows or of another
 * width; `ARGUMENT_INVALID`; `ABORTED`; as `source.read`.
 */
export async function streamSamples(source: Source, options: StreamOptions): Promise<SampleStream> {
  checkArgument('streamSamples', 'source', source, sourceKind);
  checkArguments('streamSamples', options, {
    model: kinds.model,
    blockRows: optional(kinds.number),
    windowBlocks: optional(kinds.number),
    excerptRows: optional(kinds.number),
    signal: optional(kinds.signal),
  });
  const { model, windowBlocks = 16, signal } = options;
  const { count, width } = source;
  const bytes = { uint8: 1, float32: 4, float64: 8 }[source.numbers];
  const rowsIn = (most: number): number => Math.max(1, Math.floor(most / (bytes * width)));
  const blockRows = options.blockRows ?? Math.min(Math.max(1, count), rowsIn(BLOCK_BYTES));
  const excerptRows = options.excerptRows ?? Math.min(EXCERPT_ROWS, rowsIn(EXCERPT_BYTES));
  for (const [name, value] of Object.entries({ blockRows, windowBlocks, excerptRows })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RbmError('ARGUMENT_INVALID', `${name} is ${value}; expected a positive whole number.`);
  }
  if (!Number.isSafeInteger(count) || count < 1) throw new RbmError('DATA_INVALID', `${source.name} has no rows.`);
  const rows = Math.min(excerptRows, count);
  const excerpt = sourceRows(source, rows);
  const block = sourceRows(source, Math.min(blockRows, count));
  const blockChecksums: string[] = [];
  let found: DataKinds | undefined;
  let taken = 0;
  for (let first = 0; first < count; first += blockRows) {
    throwIfAborted(signal);
    const here = Math.min(blockRows, count - first);
    const part = partOf(block, 0, here, width);
    await source.read(first, here, part, signal);
    const ofBlock = checkData(model, { ...part, count: here, width }, source.name, first);
    found = ofBlock.map((kind, v) => (found?.[v] === 'means' ? 'means' : kind));
    blockChecksums.push(blockChecksum(part));
    for (; taken < rows; taken++) {
      const row = Math.floor((taken * count) / rows) - first;
      if (row >= here) break;
      copyRow(part, row, excerpt, taken, width);
    }
  }
  return {
    source,
    count,
    width,
    blockRows,
    windowBlocks,
    excerpt: { ...excerpt, count: rows, width },
    checksum: checksumOf(
      blockChecksums.flatMap((sum) => [0, 8].map((at) => Number.parseInt(sum.slice(at, at + 8), 16))),
    ),
    blockChecksums,
    layers: model.visible.map((l) => model.layers[l] as Layer),
    kinds: found as DataKinds,
  };
}

/** Whether data were made by `streamSamples`. */
export function isStream(data: object): data is SampleStream {
  return 'blockChecksums' in data;
}

/** The checksum of a block: of its values and weights. */
export function blockChecksum({ values, weights }: SourceRows): string {
  return checksumOf(values, weights ?? []);
}

/** Some rows of arrays, as views. */
export function partOf(
  { values, weights, labels }: SourceRows,
  first: number,
  count: number,
  width: number,
): SourceRows {
  return {
    values: values.subarray(first * width, (first + count) * width),
    ...(weights ? { weights: weights.subarray(first, first + count) } : {}),
    ...(labels ? { labels: labels.subarray(first, first + count) } : {}),
  };
}

function copyRow(from: SourceRows, row: number, to: SourceRows, target: number, width: number): void {
  to.values.set(from.values.subarray(row * width, (row + 1) * width), target * width);
  if (to.weights && from.weights) to.weights[target] = from.weights[row] as number;
  if (to.labels && from.labels) to.labels[target] = from.labels[row] as number;
}
