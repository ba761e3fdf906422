import { RbmError } from '@rbm/core';
import { readDecompressed } from '@rbm/datasets/node';
import { decodeNpy } from '@rbm/formats';
import type { DataArguments } from '../data-options.js';
import type { RawData, ReadContext } from '../raw-data.js';

/** Reads a .npy array, one sample an entry of its first axis. @throws RbmError as `decodeNpy`; `DATA_INVALID`. */
export async function readArray(args: DataArguments, { visible, signal }: ReadContext): Promise<RawData> {
  const { shape, data } = decodeNpy(await readDecompressed(args.data, signal), args.data);
  const [count, ...rest] = shape;
  if (count === undefined || rest.length === 0) {
    throw new RbmError(
      'DATA_INVALID',
      `${args.data}: an array of shape [${shape}] is no list of samples; [count, …] is needed.`,
    );
  }
  const width = rest.reduce((product, extent) => product * extent, 1);
  return { samples: { values: Float64Array.from(data), count, width }, visible };
}
