import type { SampleArray } from '@rbm/core';
import { fromOneHot, resolveColumns } from '@rbm/datasets';
import { readDecompressed } from '@rbm/datasets/node';
import { decodeNpy, type ElementArray, type NpyArray } from '@rbm/formats';
import { readNpy } from '@rbm/formats/node';
import { layoutOf } from '../array-layout.js';
import { parseColumns } from '../column-kinds.js';
import type { DataArguments } from '../data-options.js';
import { firstBytes } from '../first-bytes.js';
import type { RawData, RawSamples, ReadContext } from '../raw-data.js';

/** Reads a .npy array, one sample an entry of its first axis. @throws UsageError; RbmError as `readNpy`; `DATA_INVALID`. */
export async function readArray(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { data: path, limit } = args;
  const array = (await firstBytes(path)).isPacked
    ? decodeNpy(await readDecompressed(path, context.signal), path)
    : await readNpy(path, limit === undefined || args['drop-incomplete'] ? {} : { rows: limit });
  return samplesOfArray(array, args, context);
}

/** What helps against missing values. */
const advice = '--drop-incomplete or --columns';

/** The samples in an array: its axes after the first as `--layout` says, or as they look. @throws as `readArray` */
export function samplesOfArray({ shape, data }: NpyArray, args: DataArguments, context: ReadContext): RawData {
  const values = toSampleArray(data);
  const { layout, categories, image, visible } = layoutOf(shape, values, args, context);
  const [count = 0] = shape;
  if (layout === 'onehot' && visible.kind === 'potts') {
    const indices = toSampleArray(fromOneHot(values, categories));
    const samples = { values: indices, count, width: indices.length / count };
    return { samples: selectColumns(samples, args), visible, areCodes: true, advice, shape };
  }
  const width = values.length / count;
  const mask = values instanceof Uint8Array ? undefined : maskOf(values);
  const samples = selectColumns({ values, count, width, ...(mask && { mask }) }, args);
  return { samples, visible, advice, ...(samples.width === width && { shape, ...(image && { image }) }) };
}

/** Numbers as samples are kept: bytes where all of them are whole numbers from 0 to 255. */
function toSampleArray(data: ElementArray): SampleArray {
  if (data instanceof Uint8Array || data instanceof Float32Array) return data;
  if (data.every((x) => (x & 255) === x)) return Uint8Array.from(data);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** 1 where a value is NaN; nothing if none is. */
function maskOf(values: SampleArray): Uint8Array | undefined {
  if (!values.some(Number.isNaN)) return undefined;
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) if (Number.isNaN(values[i])) mask[i] = 1;
  return mask;
}

/** The columns that `--columns` and `--drop` leave, in their order. @throws RbmError `ARGUMENT_INVALID` */
function selectColumns(samples: RawSamples, { columns, drop, data: file }: DataArguments): RawSamples {
  if (columns === undefined && drop === undefined) return samples;
  const { values, mask, count, width } = samples;
  const find = (list: string, option: string): number[] =>
    resolveColumns(parseColumns(list).items, undefined, width, option, file);
  const left = new Set(drop === undefined ? [] : find(drop, 'drop'));
  const all = Array.from({ length: width }, (_, c) => c);
  const kept = (columns === undefined ? all : find(columns, 'columns')).filter((c) => !left.has(c));
  const pick = <T extends SampleArray>(from: T): T => {
    const picked = new (from.constructor as new (length: number) => T)(count * kept.length);
    for (let n = 0, i = 0; n < count; n++) for (const c of kept) picked[i++] = from[n * width + c] as number;
    return picked;
  };
  const names = kept.map((c) => String(c + 1));
  const some = mask && pick(mask);
  const { mask: _, ...rest } = samples;
  return { ...rest, values: pick(values), width: kept.length, names, ...(some?.includes(1) && { mask: some }) };
}
