import type { Generator } from '@rbm/core';
import type { Assignment, Buffer, Program } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';

/**
 * The positive phase of a deep Boltzmann machine (Salakhutdinov and Hinton 2009), by chains instead of mean fields: the data are
 * clamped, everything else is sampled.
 *
 * @param data `[rows, visible units]`
 * @returns Statistics averaged over rows and `averaged` sweeps, laid out like the parameters.
 */
export async function deepPositivePhase(
  program: Program,
  data: Float64Array,
  rows: number,
  random: Generator,
  { burnIn, averaged }: { burnIn: number; averaged: number },
): Promise<Float64Array> {
  const { backend, model } = program;
  const mask = program.allocate({ holds: 'mask', layer: 0, rows: 1 });
  backend.write(mask, new Uint8Array(model.layers[0]?.units ?? 0).fill(1));
  const target = { clamp: model.layers.map((_, layer) => (layer === 0 ? mask : undefined)) };
  const kernel = gibbs().bind(program);
  let state = await kernel.init(random, { chains: rows, values: { [model.names[0] as string]: data } });
  ({ state } = await kernel.step(state, random, burnIn, { target }));
  const out: Buffer = program.allocate({ holds: 'parameters' });
  const sum = new Float64Array(model.layout.length);
  for (let sweep = 0; sweep < averaged; sweep++) {
    ({ state } = await kernel.step(state, random, 1, { target }));
    const assignment: Assignment = state.layers.map((values) => ({ values }));
    program.statistics(out, [{ assignment, scale: 1 / (rows * averaged) }]);
    (await backend.read(out)).forEach((x, i) => {
      sum[i] = (sum[i] as number) + x;
    });
  }
  for (const owned of [mask, out, state]) owned.dispose();
  return sum;
}
