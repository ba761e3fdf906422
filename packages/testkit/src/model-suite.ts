import type { EnergyModel } from '@rbm/core';
import {
  checkInputChanges,
  checkInputs,
  checkInteractionStatistics,
  checkLinearity,
  checkMultilinearity,
  checkPairs,
  checkPlain,
  checkPurity,
  checkRows,
} from './models/check-interactions.js';
import {
  checkBlocks,
  checkClamping,
  checkConditionals,
  checkEnergy,
  checkEnumeration,
  checkFreeEnergy,
  checkGradient,
  checkSaving,
  checkStatistics,
  checkStructure,
  checkSweeps,
  checkTargets,
} from './models/check-model.js';
import { type Configuration, type ModelSubject, subjectOf } from './models/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** Options of `modelChecks`. */
export interface ModelCheckOptions extends PaceOptions {
  /**
   * Makes a small model of the kind under test: units with finitely many states, at most 4,096 joint states, better a hundred. Its
   * parameters are replaced by random ones.
   */
  readonly model: () => EnergyModel | Promise<EnergyModel>;
  /**
   * The energy of one configuration as its equation says, written apart from the model: `parameter(model, 'filters')` gives
   * parameters, `values.visible` the values of a layer. Without it the energy of the pieces is taken at its word.
   */
  readonly energy?: (model: EnergyModel, values: Configuration) => number;
  /** Saves and loads a model: `encodeModel` and `decodeModel` of `@rbm/formats`, with the factories of the kind under test. */
  readonly saving?: {
    /** The bytes of a model file. */
    save(model: EnergyModel): Uint8Array | Promise<Uint8Array>;
    /** The model in a file. */
    load(bytes: Uint8Array): EnergyModel | Promise<EnergyModel>;
  };
  /** Standard deviation of the random parameters (default: 0.7). */
  readonly scale?: number;
  /** Of the random parameters and states (default: 1). */
  readonly seed?: number;
}

const checks: readonly (readonly [name: string, check: (subject: ModelSubject) => void | Promise<void>])[] = [
  ['structure', checkStructure],
  ['plain settings', checkPlain],
  ['energy', checkEnergy],
  ['rows', checkRows],
  ['linear in parameters', checkLinearity],
  ['linear in each unit', checkMultilinearity],
  ['inputs', checkInputs],
  ['input changes', checkInputChanges],
  ['statistics of interactions', checkInteractionStatistics],
  ['pairs', checkPairs],
  ['purity', checkPurity],
  ['blocks', checkBlocks],
  ['free energy', checkFreeEnergy],
  ['conditionals', checkConditionals],
  ['statistics', checkStatistics],
  ['enumeration', checkEnumeration],
  ['gradient', checkGradient],
  ['clamping', checkClamping],
  ['sweeps', checkSweeps],
  ['targets', checkTargets],
  ['saving', checkSaving],
];

/**
 * All that an energy model and its open interactions promise in their contracts, as independent checks with fixed seeds. The energy is
 * taken at its word, or compared with `energy`: everything else has to follow from it, by brute force over all states and by finite
 * differences.
 */
export function modelChecks(options: ModelCheckOptions): readonly Check[] {
  const { scale = 0.7, seed = 1, energy: definition, saving } = options;
  const pace = new Pace('the energy model', options, 'Make a smaller `model`');
  return paced(
    pace,
    checks.map(
      ([name, check]): Check => ({
        name,
        run: async () => check(subjectOf(await options.model(), { scale, seed, definition, saving })),
      }),
    ),
  );
}

/** Registers `modelChecks` with a test runner: `modelSuite({ it, model: () => myModel() })`. */
export function modelSuite({ it, describe, ...options }: ModelCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, 'energy model', modelChecks(options));
}
