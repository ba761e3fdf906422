import { readDecompressed } from '@rbm/datasets/node';
import { decodeNpz, type NpyArray, npzKeys } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { DataArguments } from '../data-options.js';
import { firstBytes } from '../first-bytes.js';
import { oneLine } from '../printable.js';
import type { RawData, ReadContext } from '../raw-data.js';
import { UsageError } from '../usage-error.js';
import { samplesOfArray } from './array.js';

/** Reads one array of a .npz archive. @throws UsageError without `--key` where there are several; RbmError as `decodeNpz`. */
export async function readArchive(args: DataArguments, context: ReadContext): Promise<RawData> {
  const { data: path } = args;
  const bytes = (await firstBytes(path)).isPacked
    ? await readDecompressed(path, context.signal)
    : await readFileBytes(path);
  const keys = npzKeys(bytes, path);
  const key = args.key ?? (keys.length === 1 ? keys[0] : undefined);
  if (key === undefined || !keys.includes(key)) {
    const given = key === undefined ? '' : `--key ${key}: `;
    const has = keys.length === 0 ? 'no array' : `the arrays ${oneLine(keys.join(', '))}`;
    throw new UsageError(`${given}${path} has ${has}. Choose one with --key.`);
  }
  const array = decodeNpz(bytes, path, { key })[key] as NpyArray;
  return samplesOfArray(array, args, context);
}
