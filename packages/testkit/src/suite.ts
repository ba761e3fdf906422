import type { Pace } from './pace.js';

/** How tests are registered: the `it` or `test` of any runner. */
export type RegisterTest = (name: string, test: () => void | Promise<void>) => unknown;

/** How tests are grouped: the `describe` or `suite` of any runner. */
export type RegisterGroup = (name: string, group: () => void) => unknown;

/** What every suite takes of a test runner. */
export interface Runner {
  readonly it: RegisterTest;
  /** Puts the tests of a suite under the subject's name; without it they stand alone. */
  readonly describe?: RegisterGroup;
}

/** One check: it passes, or throws an `Error` that says what was found, what was wanted, and which rule that breaks. */
export interface Check {
  readonly name: string;
  /** Throws if the check fails. */
  run(): void | Promise<void>;
}

/** Puts the checks of a suite on its clock. */
export function paced(pace: Pace, checks: readonly Check[]): readonly Check[] {
  pace.expect(checks.length);
  return checks.map(({ name, run }) => ({ name, run: () => pace.time(name, run) }));
}

/** Registers checks with a test runner. */
export function registerChecks({ it, describe }: Runner, title: string, checks: readonly Check[]): void {
  const register = (): void => {
    for (const { name, run } of checks) it(name, run);
  };
  if (describe) describe(title, register);
  else register();
}

/**
 * Runs a suite without a test runner, one test after the other.
 *
 *     const failures = await collectFailures((it) => samplerSuite({ it, sampler: mySampler() }));
 *
 * @returns The message of each test that fails, by name: empty for a subject without fault.
 */
export async function collectFailures(suite: (it: RegisterTest) => void): Promise<Record<string, string>> {
  const checks: Check[] = [];
  suite((name, run) => checks.push({ name, run }));
  const failures: Record<string, string> = {};
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return failures;
}
