import type { Generator } from '@rbm/core';
import { FirstBlock, type Position, type Program, type Target } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';

/**
 * Annealed importance sampling (Neal 2001) between two trained models, in either direction: log weights whose mean exponential is the
 * ratio of partition functions, `Z / Z_other` forward and `Z_other / Z` in reverse.
 *
 * @param other Parameters of the other model, weights included.
 * @param start Exact samples of where it begins: of the other model, or of the live one in reverse.
 */
export async function annealingBetweenModels(
  program: Program,
  other: Float64Array,
  start: Position,
  random: Generator,
  { steps, reverse }: { steps: number; reverse: boolean },
): Promise<Float64Array> {
  const { backend } = program;
  const base = program.allocate({ holds: 'parameters' });
  backend.write(base, other);
  const at = (k: number): Target => ({ base, beta: reverse ? 1 - k / steps : k / steps });
  const hidden = new FirstBlock(program, start.chains, at(0));
  const logWeights = program.allocate({ holds: 'rows', rows: start.chains });
  const kernel = gibbs().bind(program);
  let state = await kernel.init(random, start);
  for (let k = 0; k < steps; k++) {
    const target = at(k + 1);
    hidden.receive(state.layers, target);
    program.energy(hidden.summedOut(state.layers), { rows: logWeights, scale: 1 }, at(k));
    program.energy(hidden.summedOut(state.layers), { rows: logWeights, scale: -1 }, target);
    hidden.draw(state.layers, { random, step: k }, target);
    ({ state } = await kernel.step(state, random, 1, { target, firstBlock: 'given' }));
  }
  const weights = await backend.read(logWeights);
  for (const owned of [base, hidden, logWeights, state]) owned.dispose();
  return weights;
}
