import { type Generator, RbmError } from '@rbm/core';
import type { Batch, ChainState, Kernel, Program } from '@rbm/core/contracts';
import { type ArgumentKind, oneOf } from '@rbm/core/contracts';

/** Where persistent chains start: at samples of their own units without input, or at samples of the data. */
export type ChainStart = 'model' | 'data';

/** For checks of arguments. */
export const chainStart: ArgumentKind = oneOf('model', 'data');

/**
 * Chains at the samples of a batch, one after the other, in the place of those that a kernel gave before there was one.
 *
 * @throws RbmError `UNSUPPORTED` for grey levels, which are no states.
 */
export async function startAtBatch(
  { backend, model }: Program,
  kernel: Kernel,
  batch: Batch,
  unused: ChainState,
  random: Generator,
): Promise<ChainState> {
  const { chains } = unused;
  const values: Record<string, Float64Array> = {};
  for (const [v, buffer] of batch.visible.entries()) {
    if (buffer.spec.holds !== 'states') {
      throw new RbmError(
        'UNSUPPORTED',
        'start is "data", but the data are grey levels; chains start at states. Binarise the data, or start at "model".',
      );
    }
    const samples = await backend.read(buffer);
    const length = samples.length / batch.rows;
    const repeated = new Float64Array(chains * length);
    for (let chain = 0; chain < chains; chain++) {
      const row = chain % batch.rows;
      repeated.set(samples.subarray(row * length, (row + 1) * length), chain * length);
    }
    values[model.names[model.visible[v] as number] as string] = repeated;
  }
  const started = await kernel.init(random, { chains, values });
  unused.dispose();
  return started;
}
