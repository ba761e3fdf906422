import type { GradientEstimator, Sampler } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type ChainStart, chainStart } from './chain-start.js';
import { persistent } from './persistent-contrastive-divergence.js';

/** Options of `tempered`. */
export interface TemperedOptions {
  /**
   * Moves the chains along a ladder of temperatures that follows the model: `temper({ base, ladder, warmUp: Infinity })` of
   * `@rbm/samplers`.
   */
  readonly sampler: Sampler;
  /** Sweeps of the whole ladder between updates of the parameters (default: 1). */
  readonly sweeps?: number;
  /** Ladders, each with one chain at β = 1 (default: the samples in a batch). */
  readonly chains?: number;
  /** Where chains start (default: `data`). */
  readonly start?: ChainStart;
}

/**
 * Tempered persistent chains (Desjardins et al. 2010; Cho, Raiko and Ilin 2010): the model average is taken over chains at β = 1 of
 * parallel tempering, which reach modes that Gibbs sampling does not cross to, so that modes get the weights that the data give
 * them.
 *
 * The weights of far modes answer to a step at once, chains only after a trip along the ladder, so that parameters wander about
 * the balanced ones. A last phase at a low rate with `average: true` takes the mean of where they were.
 *
 * Each step reports what the sampler does: swap rates, round trips and, where the ladder starts at the base, `logPartition` with its
 * standard error, from which the monitor `heldOutLikelihood` makes a likelihood at no further cost.
 *
 * @throws RbmError `ARGUMENT_INVALID`; when it estimates, `UNSUPPORTED` for chains that should start at grey levels.
 */
export function tempered(options: TemperedOptions): GradientEstimator {
  checkArguments('tempered', options, {
    sampler: { ...kinds.sampler, example: 'temper()' },
    sweeps: optional(kinds.number),
    chains: optional(kinds.number),
    start: optional(chainStart),
  });
  const { sampler, sweeps = 1, chains, start = 'data' } = options;
  return persistent('tempered', { sampler, k: sweeps, start, ...(chains === undefined ? {} : { chains }) });
}
