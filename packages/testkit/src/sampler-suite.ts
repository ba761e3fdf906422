import type { EnergyModel } from '@rbm/core';
import type { Sampler } from '@rbm/core/contracts';
import {
  checkAbort,
  checkConsumed,
  checkErrors,
  checkFailures,
  checkManifest,
  checkMemory,
  checkPurity,
  checkReproducible,
  checkSnapshots,
  checkState,
  checkUniforms,
} from './samplers/check-contract.js';
import {
  checkDetailedBalance,
  checkDrift,
  checkIndependence,
  checkInvariance,
  checkLiveParameters,
  checkReach,
  checkSuccessiveSweeps,
} from './samplers/check-distribution.js';
import { checkTargets } from './samplers/check-targets.js';
import { type SamplerSubject, smallModels } from './samplers/subject.js';
import { type Check, type Runner, registerChecks } from './suite.js';

/** What the checks of a sampler need. */
export interface SamplerCheckOptions {
  readonly sampler: Sampler;
  /**
   * Discrete models of at most 64 joint states to try it on, instead of the suite's own: Bernoulli, spin and Potts units,
   * two and three layers, units that act on each other. Models that the sampler refuses with `UNSUPPORTED` are passed over.
   */
  readonly models?: readonly EnergyModel[];
}

type CheckOf = (subject: SamplerSubject) => void | Promise<void>;

const always: readonly (readonly [name: string, check: CheckOf])[] = [
  ['manifest', checkManifest],
  ['invariance', checkInvariance],
  ['successive sweeps', checkSuccessiveSweeps],
  ['live parameters', checkLiveParameters],
  ['targets', checkTargets],
  ['reach', checkReach],
  ['no drift', checkDrift],
  ['independence of chains', checkIndependence],
  ['reproducible', checkReproducible],
  ['snapshots', checkSnapshots],
  ['state', checkState],
  ['purity', checkPurity],
  ['consumed state', checkConsumed],
  ['memory', checkMemory],
  ['memory after a failure', checkFailures],
  ['abort', checkAbort],
  ['errors', checkErrors],
];

/**
 * All that a sampler promises in its contract and in its `capabilities`, as independent checks with fixed seeds, on the
 * reference backend. Its kernels must draw through the generator's `bernoulli` and `categorical`, so that all outcomes can
 * be enumerated: the transition matrix of small models is exact, without noise.
 *
 * For kernels that leave the model's distribution invariant; an annealing run or a ladder that adapts does not.
 */
export function samplerChecks({ sampler, models }: SamplerCheckOptions): readonly Check[] {
  const claimed: (readonly [name: string, check: CheckOf])[] = [];
  if (sampler.capabilities?.reversible) claimed.push(['detailed balance', checkDetailedBalance]);
  if (sampler.capabilities?.fixedUniforms) claimed.push(['fixed uniforms', checkUniforms]);
  return [...always, ...claimed].map(([name, check]) => ({
    name,
    run: () => check({ sampler, models: models ?? smallModels() }),
  }));
}

/** Registers `samplerChecks` with a test runner: `samplerSuite({ it, sampler: mySampler() })`. */
export function samplerSuite({ it, describe, ...options }: SamplerCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `sampler ${options.sampler.name}`, samplerChecks(options));
}
