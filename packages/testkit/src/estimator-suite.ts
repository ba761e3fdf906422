import type { EnergyModel } from '@rbm/core';
import type { GradientEstimator, NegativePhase } from '@rbm/core/contracts';
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
  checkCost,
  checkDeclaration,
  checkExactNegative,
  checkGradient,
  checkIndependentUnits,
  checkLiveParameters,
  checkNoisyNegative,
  checkPositivePhase,
  checkShortBatches,
  checkWeights,
} from './estimators/check-gradient.js';
import { type EstimatorCost, type EstimatorSubject, estimatorModels } from './estimators/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** What the checks of a gradient estimator need. */
export interface EstimatorCheckOptions extends PaceOptions {
  readonly estimator: GradientEstimator;
  /**
   * Discrete models of at most 64 joint states, whose hidden layers do not interact, instead of the suite's own: a
   * restricted Boltzmann machine and a Hopfield network. Those that the estimator refuses with `UNSUPPORTED` are passed over.
   */
  readonly models?: readonly EnergyModel[];
  /**
   * The cost whose gradient it estimates, where that is not the negative log-likelihood: the mean over samples at the parameters of
   * a model. The suite compares its finite differences with the gradient.
   */
  readonly cost?: EstimatorCost;
}

type CheckOf = (subject: EstimatorSubject) => void | Promise<void>;

const always: readonly (readonly [name: string, check: CheckOf])[] = [
  ['manifest', checkManifest],
  ['declaration', checkDeclaration],
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

const negativePhases: Readonly<Record<NegativePhase['over'], readonly [name: string, check: CheckOf]>> = {
  model: ['negative phase of the model', checkExactNegative],
  'data chains': ['negative phase of chains from the data', checkNoisyNegative],
  'persistent chains': ['negative phase of persistent chains', checkNoisyNegative],
  mixture: ['negative phase of a mixture', checkNoisyNegative],
};

/**
 * All that a gradient estimator promises in its contract and in its `capabilities`, as independent checks with fixed seeds,
 * on the reference backend: both phases against exact averages over small models, to rounding where they have no noise and
 * at six standard errors where they have. One that claims nothing has to report its phases, or come with its `cost`.
 */
export function estimatorChecks(options: EstimatorCheckOptions): readonly Check[] {
  const { estimator, models, cost } = options;
  const claim = estimator.capabilities?.negativePhase;
  const claimed = claim
    ? [negativePhases[claim.over]]
    : cost
      ? []
      : [['negative phase of independent units', checkIndependentUnits] as const];
  const checks = [...always, ...claimed, ...(cost ? [['cost', checkCost] as const] : [])];
  const pace = new Pace(`estimator ${estimator.name}`, options, 'Give fewer or smaller `models`');
  return paced(
    pace,
    checks.map(
      ([name, check]): Check => ({
        name,
        run: () => check({ estimator, models: models ?? estimatorModels(), cost, pace }),
      }),
    ),
  );
}

/** Registers `estimatorChecks` with a test runner: `estimatorSuite({ it, estimator: myEstimator() })`. */
export function estimatorSuite({ it, describe, ...options }: EstimatorCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `estimator ${options.estimator.name}`, estimatorChecks(options));
}
