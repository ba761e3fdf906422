// What takes too long for every `npm test`: the packed packages on each version of Node, WebGPU in Node, a publish; and all tests
// of packages that leave some out of `npm test`: other seeds, further devices, each command in a process of its own.
import { runPnpm } from './pnpm.mjs';

// The tests look at it; see CONTRIBUTING.md.
process.env.RBM_ALL_TESTS = 'yes';
const packages = [
  '@rbm/train',
  '@rbm/backend-wasm',
  '@rbm/backend-gpujs',
  '@rbm/cli',
  '@rbm/demo',
  'create-rbm-plugin',
].map((name) => `--filter=${name}`);

process.exitCode =
  (await runPnpm('install', '--frozen-lockfile')) ||
  (await runPnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only')) ||
  (await runPnpm('--dir', 'checks', 'run', 'test:e2e')) ||
  (await runPnpm('exec', 'turbo', 'run', 'test', '--concurrency=1', ...packages));
