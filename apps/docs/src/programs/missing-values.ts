import type { Generator } from '@rbm/core';
import { type Buffer, FirstBlock, type Program, type StatisticsTerm, type Target } from '@rbm/core/contracts';

/**
 * The gradient of contrastive divergence for an RBM on weighted data with missing values: those are drawn given the known ones,
 * by sweeps with the known ones clamped, and then the chains run free for k sweeps.
 *
 * @param weights `[rows]`: what each row counts, summing to 1.
 * @param known `[rows, visible units]`: 0 where a value is missing.
 */
export async function missingValues(
  program: Program,
  data: { readonly values: Float64Array; readonly known: Uint8Array; readonly weights: Float64Array },
  random: Generator,
  k: number,
): Promise<Float64Array> {
  const { backend } = program;
  const rows = data.weights.length;
  const fill = (buffer: Buffer, numbers: Float64Array | Uint8Array): Buffer => {
    backend.write(buffer, numbers);
    return buffer;
  };
  const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows }));
  const ends = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows }));
  fill(states[0] as Buffer, data.values);
  const mask = fill(program.allocate({ holds: 'mask', layer: 0, rows }), data.known);
  const weights = fill(program.allocate({ holds: 'rows', rows }), data.weights);
  const target: Target = { clamp: [mask, undefined] };
  program.gibbs(states, k, { random: random.fork('missing'), step: 0 }, target);
  backend.copy(states[0] as Buffer, ends[0] as Buffer);
  program.gibbs(ends, k, { random, step: 0 });
  const gradient = program.allocate({ holds: 'parameters' });
  const blocks = [states, ends].map((values) => {
    const hidden = new FirstBlock(program, rows, undefined);
    hidden.receive(values, undefined);
    return hidden;
  });
  const terms = blocks.map((hidden, phase): StatisticsTerm => {
    const [values, scale] = phase === 0 ? ([states, -1] as const) : ([ends, 1] as const);
    return { assignment: hidden.summedOut(values), scale, weights };
  });
  program.statistics(gradient, terms);
  const result = await backend.read(gradient);
  for (const owned of [...states, ...ends, mask, weights, gradient, ...blocks]) owned.dispose();
  return result;
}
