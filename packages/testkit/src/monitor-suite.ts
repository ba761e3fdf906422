import type { EnergyModel, Samples } from '@rbm/core';
import type { Monitor } from '@rbm/core/contracts';
import {
  checkAbort,
  checkChanges,
  checkDraws,
  checkExpected,
  checkFailures,
  checkLiveParameters,
  checkManifest,
  checkMemory,
  checkNumbers,
  checkOptional,
  checkPurity,
  checkReproducible,
} from './monitors/check-monitor.js';
import { type ExpectedNumbers, type MonitorSubject, monitorModel, randomSamples } from './monitors/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** Options of `monitorChecks`. */
export interface MonitorCheckOptions extends PaceOptions {
  /** Makes the monitor. */
  readonly monitor: () => Monitor;
  /** A model that it can measure, with finitely many states (default: a restricted Boltzmann machine of 5 × 3 Bernoulli units). */
  readonly model?: () => EnergyModel;
  /** Training and held-out samples of that model (default: 230 and 57 random ones). */
  readonly samples?: { readonly train: Samples; readonly heldOut: Samples };
  /** What the estimator reports to it (default: `logPartition`, `logPartitionError`). */
  readonly numbers?: Readonly<Record<string, number>>;
  /**
   * The numbers that it should measure, worked out apart from it, as by brute force: all of them, or some. Of a monitor that draws
   * random numbers, their expectation.
   */
  readonly expected?: ExpectedNumbers;
}

const checks: readonly (readonly [name: string, check: (subject: MonitorSubject) => void | Promise<void>])[] = [
  ['manifest', checkManifest],
  ['numbers', checkNumbers],
  ['what may be missing', checkOptional],
  ['changes', checkChanges],
  ['live parameters', checkLiveParameters],
  ['reproducible', checkReproducible],
  ['draws', checkDraws],
  ['purity', checkPurity],
  ['memory', checkMemory],
  ['memory after a failure', checkFailures],
  ['abort', checkAbort],
];

/** All that a monitor promises in its contract, and the numbers that its author expects, as independent checks with fixed seeds. */
export function monitorChecks(options: MonitorCheckOptions): readonly Check[] {
  const { monitor, model, samples, expected } = options;
  const numbers = options.numbers ?? { logPartition: 3, logPartitionError: 0.1 };
  const { name } = monitor();
  const pace = new Pace(`monitor ${name}`, options, 'Give a smaller `model` or fewer `samples`');
  const subject = (): MonitorSubject => {
    const measured = (model ?? monitorModel)();
    const given = samples ?? { train: randomSamples(measured, 230, 1), heldOut: randomSamples(measured, 57, 2) };
    return { make: monitor, model: measured, ...given, numbers, expected, pace };
  };
  const all = expected ? [...checks, ['expected numbers', checkExpected] as const] : checks;
  return paced(
    pace,
    all.map(([each, check]): Check => ({ name: each, run: () => check(subject()) })),
  );
}

/** Registers `monitorChecks` with a test runner: `monitorSuite({ it, monitor: () => myMonitor() })`. */
export function monitorSuite({ it, describe, ...options }: MonitorCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, `monitor ${options.monitor().name}`, monitorChecks(options));
}
