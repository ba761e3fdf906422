// Installs what is needed to work here, and builds it. Dependencies that a package.json has gained are added to the lockfile, which CI
// does not allow.
import { runPnpm } from './pnpm.mjs';

process.exitCode =
  (await runPnpm('install', ...(process.env.CI ? ['--frozen-lockfile'] : []))) ||
  (await runPnpm('exec', 'turbo', 'run', 'build'));
