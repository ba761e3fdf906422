// What takes too long for every `npm test`: the packed packages on each version of Node, WebGPU in Node, and a publish.
import { runPnpm } from './pnpm.mjs';

process.exitCode =
  (await runPnpm('install', '--frozen-lockfile')) ||
  (await runPnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only')) ||
  (await runPnpm('--dir', 'checks', 'run', 'test:e2e'));
