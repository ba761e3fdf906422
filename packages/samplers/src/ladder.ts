import { RbmError } from '@rbm/core';
import { type ArgumentKind, argumentKinds as kinds } from '@rbm/core/contracts';

/** For checks of arguments. */
export const ladderKind: ArgumentKind = {
  noun: 'inverse temperatures, or how many',
  example: '24',
  is: (value) => kinds.number.is(value) || (Array.isArray(value) && kinds.numbers.is(value)),
  fix: (value) => (ArrayBuffer.isView(value) ? 'Write Array.from(…).' : kinds.number.fix?.(value)),
};

/** Rungs of a ladder whose inverse temperatures are not listed. */
const DEFAULT_RUNGS = 24;
/** Acceptance below which a pair counts as this: a ladder is not tuned by noise about rates that are nearly 0. */
const LEAST_REJECTION = 1e-3;

/**
 * Inverse temperatures that increase to 1: the listed ones, or so many from 0 at equal distances.
 *
 * @param ladder Inverse temperatures in increasing order, the last 1, or their number (default: 24).
 * @throws RbmError `ARGUMENT_INVALID` for fewer than two, or for a list that does not rise to 1 from 0 or above.
 */
export function startingLadder(ladder: number | readonly number[] = DEFAULT_RUNGS): Float64Array {
  if (typeof ladder === 'number') {
    if (!Number.isSafeInteger(ladder) || ladder < 2) {
      throw new RbmError('ARGUMENT_INVALID', `ladder is ${ladder}; expected a whole number of rungs from 2 up.`);
    }
    return Float64Array.from({ length: ladder }, (_, t) => t / (ladder - 1));
  }
  const rising = ladder.every((beta, t) => t === 0 || beta > (ladder[t - 1] as number));
  if (ladder.length < 2 || !rising || !((ladder[0] as number) >= 0) || ladder.at(-1) !== 1) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `ladder is [${ladder.join(', ')}]; expected inverse temperatures from 0 up that increase to 1.`,
    );
  }
  return Float64Array.from(ladder);
}

/**
 * A ladder of as many rungs between which swaps are rejected equally often. The rejection rates of the given ladder add up
 * to the communication barrier `Λ(β)`, which is made linear between its rungs and inverted at equal distances (Syed,
 * Bouchard-Côté, Deligiannidis and Doucet 2022, "Non-reversible parallel tempering", section 5.1).
 *
 * @param ladder `[rungs]`: inverse temperatures from 0 to 1.
 * @param acceptance `[rungs − 1]`: mean acceptance of swaps between neighbours.
 * @returns `[rungs]`.
 */
export function equalAcceptance(ladder: Float64Array, acceptance: Float64Array): Float64Array {
  const barrier = new Float64Array(ladder.length);
  acceptance.forEach((accepted, t) => {
    barrier[t + 1] = (barrier[t] as number) + Math.max(1 - accepted, LEAST_REJECTION);
  });
  const total = barrier.at(-1) as number;
  let below = 0;
  return ladder.map((_, t) => {
    if (t === 0 || t === ladder.length - 1) return ladder[t] as number;
    const wanted = (t / (ladder.length - 1)) * total;
    while ((barrier[below + 1] as number) < wanted) below++;
    const [from, to] = [barrier[below] as number, barrier[below + 1] as number];
    const [low, high] = [ladder[below] as number, ladder[below + 1] as number];
    return low + ((wanted - from) / (to - from)) * (high - low);
  });
}
