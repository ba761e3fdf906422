import { type EnergyModel, RbmError } from '@rbm/core';
import type { Sampler } from '@rbm/core/contracts';
import { Pace, type PaceOptions } from './pace.js';
import {
  type AuxiliarySubject,
  type AuxiliaryVariables,
  checkExtendedBalance,
  checkExtendedDrift,
  checkExtendedInvariance,
  checkExtendedLiveParameters,
  checkExtendedReach,
  checkExtendedSweeps,
} from './samplers/check-auxiliary.js';
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
import { checkLargeModels } from './samplers/check-large.js';
import { checkTargets } from './samplers/check-targets.js';
import { largeModels, type SamplerSubject, smallModels } from './samplers/subject.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** What the checks of a sampler need. */
export interface SamplerCheckOptions extends PaceOptions {
  readonly sampler: Sampler;
  /**
   * Discrete models of at most 64 joint states to try it on, instead of the suite's own: Bernoulli, spin and Potts units,
   * two and three layers, units that act on each other. Models that the sampler refuses with `UNSUPPORTED` are passed over.
   */
  readonly models?: readonly EnergyModel[];
  /**
   * Models with more units or with continuous ones, instead of the suite's own, which have layers of 9 to 12 Bernoulli, spin, Potts
   * and Gaussian units. At most 4,096 states are left where the units of one block are summed out. Those that the sampler refuses with
   * `UNSUPPORTED` are passed over.
   */
  readonly largeModels?: readonly EnergyModel[];
  /**
   * For kernels that remember more than the values of the units: their extended distribution, which the suite tests instead of that
   * of the values. Not needed for what a kernel draws anew in every sweep, as Hamiltonian kernels do their momenta.
   */
  readonly auxiliary?: AuxiliaryVariables;
}

type CheckOf = (subject: SamplerSubject) => void | Promise<void>;
type NamedCheck = readonly [name: string, check: CheckOf];

const ofDistribution: readonly NamedCheck[] = [
  ['invariance', checkInvariance],
  ['successive sweeps', checkSuccessiveSweeps],
  ['live parameters', checkLiveParameters],
  ['targets', checkTargets],
  ['reach', checkReach],
  ['no drift', checkDrift],
  ['large layers', checkLargeModels],
  ['independence of chains', checkIndependence],
];

const ofContract: readonly NamedCheck[] = [
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

/** What is tested of a kernel with auxiliary variables instead. */
function ofExtendedDistribution(auxiliary: AuxiliaryVariables, reversible: boolean): NamedCheck[] {
  const on =
    (check: (subject: AuxiliarySubject) => Promise<void>): CheckOf =>
    (subject) =>
      check({ ...subject, auxiliary });
  if (!auxiliary.states && !auxiliary.start) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      'auxiliary has neither `states` nor `start`; expected at least one of them.',
    );
  }
  const checks: NamedCheck[] = [];
  if (auxiliary.states) {
    checks.push(
      ['invariance', on(checkExtendedInvariance)],
      ['successive sweeps', on(checkExtendedSweeps)],
      ['live parameters', on(checkExtendedLiveParameters)],
      ['reach', on(checkExtendedReach)],
    );
    if (reversible) checks.push(['detailed balance', on(checkExtendedBalance)]);
  }
  if (auxiliary.start) checks.push(['no drift', on(checkExtendedDrift)]);
  return checks;
}

/**
 * All that a sampler promises in its contract and in its `capabilities`, as independent checks with fixed seeds, on the
 * reference backend. Its kernels must draw through the generator's `bernoulli` and `categorical`, so that all outcomes can
 * be enumerated: the transition matrix of small models is exact, without noise.
 *
 * For kernels that leave the model's distribution invariant, or the extended one that `auxiliary` describes; an annealing run or a
 * ladder that adapts does not.
 *
 * @throws RbmError `ARGUMENT_INVALID` for `auxiliary` with neither `states` nor `start`.
 */
export function samplerChecks(options: SamplerCheckOptions): readonly Check[] {
  const { sampler, models, largeModels: large, auxiliary } = options;
  const { reversible = false, fixedUniforms = false } = sampler.capabilities ?? {};
  const checks: NamedCheck[] = [
    ['manifest', checkManifest],
    ...(auxiliary ? ofExtendedDistribution(auxiliary, reversible) : ofDistribution),
    ...ofContract,
  ];
  if (reversible && !auxiliary) checks.push(['detailed balance', checkDetailedBalance]);
  if (fixedUniforms) checks.push(['fixed uniforms', checkUniforms]);
  const pace = new Pace(`sampler ${sampler.name}`, options, 'Give fewer or smaller `models` and `largeModels`');
  const subject = (): SamplerSubject => ({
    sampler,
    models: models ?? smallModels(),
    largeModels: large ?? largeModels(),
    pace,
  });
  return paced(
    pace,
    checks.map(([name, check]): Check => ({ name, run: () => check(subject()) })),
  );
}

/** Registers `samplerChecks` with a test runner: `samplerSuite({ it, sampler: mySampler() })`. */
export function samplerSuite({ it, describe, ...options }: SamplerCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `sampler ${options.sampler.name}`, samplerChecks(options));
}
