// Installs, builds and serves the demo: `npm run demo`, `npm run demo -- --port 8080`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

const prepared =
  (await runPnpm('install', '--frozen-lockfile')) ||
  (await runPnpm('exec', 'turbo', 'run', 'build', '--filter=@rbm/demo', '--output-logs=errors-only'));
if (prepared === 0) {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const arguments_ = [vite, 'preview', join(root, 'apps', 'demo'), '--logLevel', 'info', ...process.argv.slice(2)];
  const child = spawn(process.execPath, arguments_, { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else process.exitCode = prepared;
