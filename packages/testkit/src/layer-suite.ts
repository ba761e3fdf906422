import { generator } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { checkAliasing, checkIndependence, checkLayout, checkPurity, checkValidity } from './layers/check-contract.js';
import {
  checkConstraints,
  checkCovariance,
  checkExtremes,
  checkMean,
  checkMode,
  checkNormalisation,
} from './layers/check-cumulants.js';
import { checkAbsorption, checkAnnealing, checkFit, checkSelection } from './layers/check-parameters.js';
import { checkSampling, checkTotalVariance, checkUniforms } from './layers/check-sampling.js';
import { checkExpectedStatistics, checkStatistics } from './layers/check-statistics.js';
import { type Case, describeCase, randomInputs, randomParameters, type Subject } from './layers/subject.js';
import { type Check, type Runner, registerChecks } from './suite.js';

/** What the checks of a layer need. */
export interface LayerCheckOptions {
  /** Makes a layer of the kind under test: `(units) => binomial(units, { trials: 7 })`. */
  readonly layer: (units: number) => Layer;
  /** The inputs that units are tried with. */
  readonly inputs?: {
    /** Standard deviation of ordinary ones; 2 unless given. */
    readonly scale?: number;
    /** The largest that have to work; ±60 and ±700 unless given. */
    readonly extremes?: readonly number[];
  };
  /** Of the random parameters, inputs and samples; 1 unless given. */
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
  ['uniforms', checkUniforms],
  ['total variance', checkTotalVariance],
  ['annealing', checkAnnealing],
  ['absorption', checkAbsorption],
  ['fit', checkFit],
  ['selection', checkSelection],
  ['independence of units', checkIndependence],
  ['aliasing', checkAliasing],
  ['purity', checkPurity],
];

/**
 * All that a layer promises in its contract, as independent checks with fixed seeds. The energy is taken at its word:
 * everything else has to follow from it, by enumeration of the states, or by quadrature over the values that
 * `findInvalid` accepts. Derivatives are compared with finite differences, samples with the distribution at five
 * standard deviations.
 *
 * Continuous units are checked where they are one number with a density of one peak.
 */
export function layerChecks(options: LayerCheckOptions): readonly Check[] {
  return checks.map(([name, check]) => ({ name, run: () => check(subjectOf(options)) }));
}

/** Registers `layerChecks` with a test runner: `layerSuite({ it, layer: (units) => myLayer(units) })`. */
export function layerSuite({ it, describe, ...options }: LayerCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `layer ${options.layer(1).kind}`, layerChecks(options));
}

const CASES = 8;

function subjectOf({ layer, inputs = {}, seed = 1 }: LayerCheckOptions): Subject {
  const { scale = 2, extremes = [-700, -60, 60, 700] } = inputs;
  const random = generator(seed);
  const unit = layer(1);
  const cases = Array.from({ length: CASES }, (_, n): Case => {
    const parameters = n === 0 ? unit.initial.slice() : randomParameters(unit, random.fork('parameters'), n);
    const input = n < 2 ? new Float64Array(unit.width) : randomInputs(unit.width, scale, random.fork('inputs'), n);
    return { parameters, input, where: describeCase(parameters, input) };
  });
  return { make: layer, unit, cases, extremes, inputScale: scale, random };
}
