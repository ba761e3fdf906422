import type { EnergyModel } from '@rbm/core';
import type { GradientEstimator } from '@rbm/core/contracts';
import {
  checkAbort,
  checkFailures,
  checkManifest,
  checkMemory,
  checkPurity,
  checkReproducible,
  checkSnapshots,
} from './estimators/check-contract.js';
import {
  checkDataChains,
  checkExactNegative,
  checkGradient,
  checkLiveParameters,
  checkPersistentChains,
  checkPositivePhase,
  checkShortBatches,
  checkWeights,
} from './estimators/check-gradient.js';
import { type EstimatorSubject, estimatorModels } from './estimators/subject.js';
import { type Check, type Runner, registerChecks } from './suite.js';

/** What the checks of a gradient estimator need. */
export interface EstimatorCheckOptions {
  readonly estimator: GradientEstimator;
  /**
   * Discrete models of at most 64 joint states, whose hidden layers do not interact, instead of the suite's own: a
   * restricted Boltzmann machine and a Hopfield network. Those that the estimator refuses with `UNSUPPORTED` are passed over.
   */
  readonly models?: readonly EnergyModel[];
}

type CheckOf = (subject: EstimatorSubject) => void | Promise<void>;

const always: readonly (readonly [name: string, check: CheckOf])[] = [
  ['manifest', checkManifest],
  ['gradient', checkGradient],
  ['positive phase', checkPositivePhase],
  ['weights', checkWeights],
  ['short batches', checkShortBatches],
  ['live parameters', checkLiveParameters],
  ['reproducible', checkReproducible],
  ['snapshots', checkSnapshots],
  ['purity', checkPurity],
  ['memory', checkMemory],
  ['memory after a failure', checkFailures],
  ['abort', checkAbort],
];

const negativePhases: Readonly<Record<string, readonly [name: string, check: CheckOf]>> = {
  model: ['negative phase of the model', checkExactNegative],
  'data chains': ['negative phase of chains from the data', checkDataChains],
  'persistent chains': ['negative phase of persistent chains', checkPersistentChains],
};

/**
 * All that a gradient estimator promises in its contract and in its `capabilities`, as independent checks with fixed seeds,
 * on the reference backend: both phases against exact averages over small models, to rounding where they have no noise and
 * at five standard errors where they have.
 */
export function estimatorChecks({ estimator, models }: EstimatorCheckOptions): readonly Check[] {
  const claimed = negativePhases[estimator.capabilities?.negativePhase?.over ?? ''];
  return [...always, ...(claimed ? [claimed] : [])].map(([name, check]) => ({
    name,
    run: () => check({ estimator, models: models ?? estimatorModels() }),
  }));
}

/** Registers `estimatorChecks` with a test runner: `estimatorSuite({ it, estimator: myEstimator() })`. */
export function estimatorSuite({ it, describe, ...options }: EstimatorCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `estimator ${options.estimator.name}`, estimatorChecks(options));
}
