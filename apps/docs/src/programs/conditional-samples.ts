import type { Generator } from '@rbm/core';
import type { Program } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';

/**
 * Samples of the visible units given some of them, a different mask for each row: what a mask holds fixed keeps its value.
 *
 * @param values `[rows, visible units]`; where a unit is free, only the start of its chain.
 * @param known `[rows, visible units]`: 1 where a unit is fixed.
 */
export async function conditionalSamples(
  program: Program,
  values: Float64Array,
  known: Uint8Array,
  rows: number,
  random: Generator,
  sweeps: number,
): Promise<Float64Array> {
  const mask = program.allocate({ holds: 'mask', layer: 0, rows });
  program.backend.write(mask, known);
  const kernel = gibbs().bind(program);
  const start = await kernel.init(random, { chains: rows, values: { visible: values } });
  const { state } = await kernel.step(start, random, sweeps, { target: { clamp: [mask, undefined] } });
  const samples = await program.backend.read(state.layers[0] as (typeof state.layers)[0]);
  for (const owned of [mask, state]) owned.dispose();
  return samples;
}
