import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RbmError } from '@rbm/core';
import { decodeIdx, formatNote, parseIdx } from '@rbm/datasets';
import { readDecompressed } from '@rbm/datasets/node';
import type { DataArguments } from '../data-options.js';
import type { RawData, ReadContext } from '../raw-data.js';
import { samplesOfArray } from './array.js';

/** Reads an IDX file, with the labels of the file beside it, if there is one. @throws UsageError; RbmError as `decodeIdx`. */
export async function readIdx(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { data: path } = args;
  const { signal } = context;
  const raw = samplesOfArray(decodeIdx(await readDecompressed(path, signal), path), args, context);
  const file = args.label === 'none' ? undefined : (args.label ?? labelsBeside(path));
  if (file === undefined) return raw;
  const { data: labels } = parseIdx(await readDecompressed(file, signal), file, [null]);
  const { count } = raw.samples;
  if (labels.length !== count) {
    throw new RbmError(
      'DATA_INVALID',
      `${file} has ${labels.length} labels, ${path} has ${count} samples. Use --label none, or name the right file.`,
    );
  }
  if (args.label === undefined) {
    context.log(formatNote(path, { message: `labels are those of ${basename(file)}`, reverse: '--label none' }));
  }
  return { ...raw, samples: { ...raw.samples, labels } };
}

/** The file of labels that is published with a file of images: `train-labels-idx1-ubyte` with `train-images-idx3-ubyte`. */
function labelsBeside(path: string): string | undefined {
  const name = basename(path);
  if (!name.includes('images')) return undefined;
  const labels = name.replace('images', 'labels').replace(/idx\d/, 'idx1');
  const other = labels.endsWith('.gz') ? labels.slice(0, -3) : `${labels}.gz`;
  return [labels, other].map((file) => join(dirname(path), file)).find((file) => existsSync(file));
}
