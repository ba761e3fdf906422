import { type Generator, RbmError } from '@rbm/core';

/** One draw on the way from the root of the tree to a leaf. */
interface Branch {
  /** The purpose and address of the draw: a replay must ask for the same. */
  readonly address: string;
  /** The outcomes that can happen, with their probabilities. */
  readonly outcomes: readonly number[];
  readonly probabilities: readonly number[];
  taken: number;
}

/** More leaves than this are a mistake in the choice of model or sweeps, not a wait worth having. */
const MOST_LEAVES = 2 ** 20;

/** How far from 1 the probabilities of one draw may sum. */
const TOLERANCE = 1e-9;

/**
 * All outcomes of code that draws through a `Generator`, one after the other, each with its probability. The code is
 * run once for each leaf of the tree of draws, and decides the same up to the last draw that changes:
 *
 *     const branches = new Branches();
 *     do {
 *       const outcome = run(branches.begin());
 *       total.add(outcome, branches.probability);
 *     } while (branches.advance());
 *
 * Draws of probability 0 or 1 make no branch. Draws from a continuum, and the key, are refused: code that is to be
 * enumerated uses `bernoulli` and `categorical`. Forks are further addresses of the same tree. An address used twice in
 * one run is refused, since a real generator would give the same number twice.
 */
export class Branches {
  readonly #path: Branch[] = [];
  readonly #addresses: Set<string> = new Set();
  #depth = 0;
  #leaves = 0;

  /** A generator that follows the current path from the root. Earlier ones may not be used any more. */
  begin(): Generator {
    this.#depth = 0;
    this.#addresses.clear();
    return new BranchingGenerator(this, '');
  }

  /** The probability of the path that the last run took. */
  get probability(): number {
    return this.#path.reduce((product, { probabilities, taken }) => product * (probabilities[taken] as number), 1);
  }

  /** Moves to the next path, depth first. @returns Whether there is one. @throws RbmError `SIZE_LIMIT`. */
  advance(): boolean {
    this.#leaves += 1;
    if (this.#leaves >= MOST_LEAVES) {
      throw new RbmError('SIZE_LIMIT', `More than ${MOST_LEAVES} outcomes: use fewer units or sweeps.`);
    }
    for (let last = this.#path.at(-1); last; last = this.#path.at(-1)) {
      if (last.taken + 1 < last.outcomes.length) {
        last.taken += 1;
        return true;
      }
      this.#path.pop();
    }
    return false;
  }

  /** The outcome that the current path prescribes for a draw. */
  choose(address: string, probabilities: readonly number[]): number {
    const total = probabilities.reduce((sum, p) => sum + p, 0);
    if (!(Math.abs(total - 1) < TOLERANCE) || probabilities.some((p) => !(p >= 0))) {
      throw new RbmError('DATA_INVALID', `The draw at ${address} has the probabilities ${probabilities.join(', ')}.`);
    }
    if (this.#addresses.has(address)) {
      throw new RbmError('DATA_INVALID', `The address ${address} is drawn from twice: the numbers would be the same.`);
    }
    this.#addresses.add(address);
    const possible = probabilities.flatMap((p, outcome) => (p > 0 ? [outcome] : []));
    if (this.#depth === this.#path.length) {
      const weights = possible.map((outcome) => probabilities[outcome] as number);
      this.#path.push({ address, outcomes: possible, probabilities: weights, taken: 0 });
    }
    const branch = this.#path[this.#depth++] as Branch;
    if (branch.address !== address) {
      throw new RbmError(
        'DATA_INVALID',
        `A replay drew at ${address} where the first run drew at ${branch.address}: the code depends on something ` +
          'beside its arguments and draws.',
      );
    }
    return branch.outcomes[branch.taken] as number;
  }
}

class BranchingGenerator implements Generator {
  readonly #branches: Branches;
  readonly #purpose: string;

  constructor(branches: Branches, purpose: string) {
    this.#branches = branches;
    this.#purpose = purpose;
  }

  get key(): readonly [number, number] {
    throw refusal('has no key');
  }

  uniform(): number {
    throw refusal('cannot draw uniform numbers');
  }

  bernoulli(probability: number, chain: number, unit: number, step: number, draw: number): 0 | 1 {
    const address = this.#address(chain, unit, step, draw);
    return this.#branches.choose(address, [1 - probability, probability]) as 0 | 1;
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    chain: number,
    unit: number,
    step: number,
    draw: number,
  ): number {
    const address = this.#address(chain, unit, step, draw);
    return this.#branches.choose(address, Array.from(probabilities.subarray(offset, offset + length)));
  }

  normal(): number {
    throw refusal('cannot draw normal numbers');
  }

  fork(label: string | number): Generator {
    return new BranchingGenerator(this.#branches, `${this.#purpose}${JSON.stringify(label)} `);
  }

  #address(chain: number, unit: number, step: number, draw: number): string {
    return `${this.#purpose}(chain ${chain}, unit ${unit}, step ${step}, draw ${draw})`;
  }
}

function refusal(what: string): RbmError {
  return new RbmError(
    'UNSUPPORTED',
    `A generator that enumerates outcomes ${what}: code to be enumerated draws through bernoulli and categorical only.`,
  );
}
