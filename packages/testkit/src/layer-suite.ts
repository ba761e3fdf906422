import { generator } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import {
  checkAliasing,
  checkIndependence,
  checkLayout,
  checkPurity,
  checkSettings,
  checkValidity,
} from './layers/check-contract.js';
import {
  checkConstraints,
  checkCovariance,
  checkExtremes,
  checkMean,
  checkMode,
  checkNormalisation,
} from './layers/check-cumulants.js';
import { checkAbsorption, checkAnnealing, checkFit, checkSelection } from './layers/check-parameters.js';
import { checkSampleDistribution, checkSampling, checkTotalVariance, checkUniforms } from './layers/check-sampling.js';
import { checkExpectedStatistics, checkStatistics } from './layers/check-statistics.js';
import { checkUnbounded } from './layers/check-unbounded.js';
import {
  type Case,
  describeCase,
  type LayerFactory,
  randomInputs,
  randomParameters,
  type Subject,
} from './layers/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** What the checks of a layer need. */
export interface LayerCheckOptions extends PaceOptions {
  /** Makes a layer of the kind under test: `(units) => binomial(units, { trials: 7 })`. */
  readonly layer: (units: number) => Layer;
  /**
   * The factory of the plugin, `(settings, { units }) => myLayer(units, settings)`: model files make the layer again from its
   * `settings`. Without it the suite cannot tell whether settings are missing.
   */
  readonly create?: LayerFactory;
  /** The inputs that units are tried with. */
  readonly inputs?: {
    /** Standard deviation of ordinary ones (default: 2). */
    readonly scale?: number;
    /** The largest that have to work (default: ±60 and ±800). */
    readonly extremes?: readonly number[];
  };
  /** Of the random parameters, inputs and samples (default: 1). */
  readonly seed?: number;
}

const checks: readonly (readonly [name: string, check: (subject: Subject) => void])[] = [
  ['layout', checkLayout],
  ['validity', checkValidity],
  ['constraints', checkConstraints],
  ['normalisation', checkNormalisation],
  ['mean', checkMean],
  ['covariance', checkCovariance],
  ['mode', checkMode],
  ['extreme inputs', checkExtremes],
  ['statistics', checkStatistics],
  ['expected statistics', checkExpectedStatistics],
  ['sampling', checkSampling],
  ['distribution of samples', checkSampleDistribution],
  ['uniforms', checkUniforms],
  ['total variance', checkTotalVariance],
  ['annealing', checkAnnealing],
  ['absorption', checkAbsorption],
  ['fit', checkFit],
  ['selection', checkSelection],
  ['settings', checkSettings],
  ['unbounded', checkUnbounded],
  ['independence of units', checkIndependence],
  ['aliasing', checkAliasing],
  ['purity', checkPurity],
];

/**
 * All that a layer promises in its contract, as independent checks with fixed seeds. The energy is taken at its word:
 * everything else has to follow from it, by enumeration of the states, or by quadrature over the values that
 * `findInvalid` accepts. Derivatives are compared with finite differences, samples with the distribution at five
 * standard deviations, and without noise over draws that are enumerated or known.
 *
 * Continuous units are checked where they are one number with a density of one peak.
 */
export function layerChecks(options: LayerCheckOptions): readonly Check[] {
  const pace = new Pace(`layer ${options.layer(1).kind}`, options, 'Leave checks out by their names');
  return paced(
    pace,
    checks.map(([name, check]): Check => ({ name, run: () => check(subjectOf(options)) })),
  );
}

/** Registers `layerChecks` with a test runner: `layerSuite({ it, layer: (units) => myLayer(units) })`. */
export function layerSuite({ it, describe, ...options }: LayerCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `layer ${options.layer(1).kind}`, layerChecks(options));
}

const CASES = 8;

function subjectOf({ layer, create, inputs = {}, seed = 1 }: LayerCheckOptions): Subject {
  const { scale = 2, extremes = [-800, -60, 60, 800] } = inputs;
  const random = generator(seed);
  const unit = layer(1);
  const cases = Array.from({ length: CASES }, (_, n): Case => {
    const parameters = n === 0 ? unit.initial.slice() : randomParameters(unit, random.fork('parameters'), n);
    const input = n < 2 ? new Float64Array(unit.width) : randomInputs(unit.width, scale, random.fork('inputs'), n);
    return { parameters, input, where: describeCase(parameters, input) };
  });
  return { make: layer, create, unit, cases, extremes, inputScale: scale, random };
}
