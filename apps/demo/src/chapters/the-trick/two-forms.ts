import { type EnergyModel, generator, hopfield, parameter, spin, visibleDistribution } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { toGaussianHidden } from '@rbm/hopfield';
import { gibbs, sample } from '@rbm/samplers';

/** Units of the network: few enough to see each of its states. */
export const UNITS = 4;
/** States of the network. */
export const STATES: number = 2 ** UNITS;
/** Chains of each form. */
export const CHAINS = 50;

/** A network in which all units act on each other, and the same unfolded into two layers. */
export interface TwoForms {
  readonly network: EnergyModel;
  readonly unfolded: EnergyModel;
  /** `[units, units]` */
  readonly couplings: Float64Array;
  /** What was added to the diagonal of J to make it positive semidefinite. */
  readonly shift: number;
  /** `[units, hidden]`, J + shift = W Wᵀ. */
  readonly weights: Float64Array;
  readonly hidden: number;
  /** `[states]`: the exact probability of each state of the network. */
  readonly exact: Float64Array;
  /** The largest difference of any state's probability between the two forms: rounding. */
  readonly difference: number;
}

/** Both forms, for random couplings of a strength. */
export function makeForms(strength: number, seed: number): TwoForms {
  const random = generator(seed).fork('couplings');
  const couplings = new Float64Array(UNITS * UNITS);
  for (let i = 0; i < UNITS; i++) {
    for (let j = 0; j < i; j++) {
      const coupling = strength * random.normal(0, i * UNITS + j, 0, 0);
      couplings[i * UNITS + j] = coupling;
      couplings[j * UNITS + i] = coupling;
    }
  }
  const network = hopfield({ visible: spin(UNITS), couplings });
  const { model: unfolded, shift } = toGaussianHidden(network);
  const [, layer] = unfolded.layers as [unknown, { units: number }];
  const exact = visibleDistribution(network).probabilities;
  const other = visibleDistribution(unfolded).probabilities;
  return {
    network,
    unfolded,
    couplings,
    shift,
    weights: parameter(unfolded, unfolded.interactions[0]?.name as string),
    hidden: layer.units,
    exact,
    difference: exact.reduce((most, p, n) => Math.max(most, Math.abs(p - (other[n] as number))), 0),
  };
}

/** The number of a state: its units as binary digits, the first one lowest. */
export function stateNumber(state: ArrayLike<number>, offset = 0): number {
  let number = 0;
  for (let i = 0; i < UNITS; i++) if (state[offset + i] === 1) number += 1 << i;
  return number;
}

/** Samples of one form: chains that go on, and how often each state was visited. */
export class Tally {
  readonly counts: Float64Array = new Float64Array(STATES);
  readonly #model: EnergyModel;
  readonly #seed: number;
  #state: Float64Array | undefined;
  #steps = 0;

  constructor(model: EnergyModel, seed: number) {
    this.#model = model;
    this.#seed = seed;
  }

  /** Visits so far. */
  get total(): number {
    return this.#steps * CHAINS;
  }

  /** One more sweep of every chain. */
  async step(backend: Backend): Promise<void> {
    const { values } = await sample({
      model: this.#model,
      backend,
      sampler: gibbs(),
      random: generator(this.#seed).fork(this.#steps++),
      count: CHAINS,
      burnIn: 1,
      ...(this.#state ? { start: { visible: this.#state } } : {}),
    });
    this.#state = values;
    for (let chain = 0; chain < CHAINS; chain++) {
      const state = stateNumber(values, chain * UNITS);
      this.counts[state] = (this.counts[state] as number) + 1;
    }
  }
}

/** Half the sum of the differences between frequencies and probabilities. */
export function totalVariation(counts: Float64Array, exact: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 1;
  return exact.reduce((sum, p, n) => sum + Math.abs(p - (counts[n] as number) / total), 0) / 2;
}

/** What independent samples would give on average: `½ Σ_s √(2 p (1 − p) / (π N))`, by the normal approximation. */
export function expectedVariation(exact: Float64Array, samples: number): number {
  return exact.reduce((sum, p) => sum + Math.sqrt((2 * p * (1 - p)) / (Math.PI * samples)), 0) / 2;
}
