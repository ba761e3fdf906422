import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A Chromium on this machine, if there is one: `CHROMIUM`, or where systems install it. Tests find it in `CHROMIUM`. */
const chromium = process.env.CHROMIUM ?? browsers.find((path) => existsSync(path));

/** How every package is tested. `scripts/test.mjs` sums the JSON reports. */
export function tests(options: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include: ['src/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('vitest.setup.ts', import.meta.url))],
      // A single package may have no tests; scripts/test.mjs refuses a run without any.
      passWithNoTests: true,
      env: chromium ? { CHROMIUM: chromium } : {},
      // vitest's own choice leaves one core to itself, which on two cores is half of the machine.
      maxWorkers: '100%',
      // Modules are loaded once a worker: nothing here keeps state in them, and loading takes as long as some tests.
      isolate: false,
      // Busy machines are slow, and slowness is no failure: only what hangs should end here.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      reporters: ['default', ['json', { outputFile: '.reports/vitest.json' }]],
      ...options,
    },
  });
}
