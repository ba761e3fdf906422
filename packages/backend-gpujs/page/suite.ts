import { backendSuite, collectFailures } from '@rbm/testkit';
import { open } from './open.js';
import type { SuiteReport } from './reports.js';

/** Runs the checks whose names match `only`. */
export async function reportSuite(parameters: URLSearchParams): Promise<SuiteReport> {
  const first = await open(parameters);
  const { info, capabilities } = first;
  await first.close();
  const only = new RegExp(parameters.get('only') ?? '');
  let checks = 0;
  const failures = await collectFailures((it) => {
    backendSuite({
      it: (name, test) => {
        if (!only.test(name)) return;
        checks++;
        it(name, test);
      },
      backend: () => open(parameters),
      // Renderers without hardware take minutes: the page that does not report is given up.
      budget: Number.POSITIVE_INFINITY,
    });
  });
  return { isolated: crossOriginIsolated, info, random: capabilities.random, checks, failures };
}
