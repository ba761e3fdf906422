// Installs what is needed to work here, and builds it.
import { runPnpm } from './pnpm.mjs';

process.exitCode = (await runPnpm('install', '--frozen-lockfile')) || (await runPnpm('exec', 'turbo', 'run', 'build'));
