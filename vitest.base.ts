import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** How every package is tested. `scripts/test.mjs` sums the JSON reports. */
export function tests(options: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include: ['src/**/*.test.ts'],
      // A single package may have no tests; scripts/test.mjs refuses a run without any.
      passWithNoTests: true,
      // Busy machines are slow, and slowness is no failure: only what hangs should end here.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      reporters: ['default', ['json', { outputFile: '.reports/vitest.json' }]],
      ...options,
    },
  });
}
