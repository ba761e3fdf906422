import type { EnergyModel } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import {
  checkDescent,
  checkFinite,
  checkInterleaved,
  checkManifest,
  checkOnBackend,
  checkPurity,
  checkRate,
  checkResume,
  checkRule,
  checkSlots,
} from './optimizers/check-optimizer.js';
import { type OptimizerRule, type OptimizerSubject, optimizerModels } from './optimizers/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** Options of `optimizerChecks`. */
export interface OptimizerCheckOptions extends PaceOptions {
  /** Makes the optimizer: a new one at every call, for what it remembers has to be in its slots. */
  readonly optimizer: () => Optimizer;
  /**
   * The parameters after some steps from fresh slots, as the equation of the author says, written apart from the optimizer: from
   * the first parameters, the gradient of each step and its rate. Without it the suite tests that steps descend, not how.
   */
  readonly rule?: OptimizerRule;
  /** A learning rate at which a few hundred steps go from 0 to somewhere near 1 (default: 0.01). */
  readonly rate?: number;
  /**
   * Models whose parameters it moves (default: a restricted Boltzmann machine of 12 × 9 Bernoulli units, one with Gaussian units, and
   * a Hopfield network). Those that `init` refuses with `UNSUPPORTED` are passed over.
   */
  readonly models?: readonly EnergyModel[];
}

const checks: readonly (readonly [name: string, check: (subject: OptimizerSubject) => void | Promise<void>])[] = [
  ['manifest', checkManifest],
  ['slots', checkSlots],
  ['rate', checkRate],
  ['descent', checkDescent],
  ['finite', checkFinite],
  ['resume', checkResume],
  ['several models', checkInterleaved],
  ['purity', checkPurity],
  ['on a backend', checkOnBackend],
];

/** All that an optimizer promises in its contract, and the equation that its author states, as independent checks. */
export function optimizerChecks(options: OptimizerCheckOptions): readonly Check[] {
  const { optimizer, rule, rate = 0.01, models } = options;
  const pace = new Pace(`optimizer ${optimizer().kind}`, options, 'Give fewer or smaller `models`');
  const all = rule ? [...checks, ['rule', checkRule] as const] : checks;
  return paced(
    pace,
    all.map(
      ([name, check]): Check => ({
        name,
        run: () => check({ make: optimizer, rule, rate, models: models ?? optimizerModels(), pace }),
      }),
    ),
  );
}

/** Registers `optimizerChecks` with a test runner: `optimizerSuite({ it, optimizer: () => myOptimizer() })`. */
export function optimizerSuite({ it, describe, ...options }: OptimizerCheckOptions & Runner): void {
  registerChecks(
    describe ? { it, describe } : { it },
    `optimizer ${options.optimizer().kind}`,
    optimizerChecks(options),
  );
}
