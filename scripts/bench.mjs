// Installs, builds, then measures: `npm run bench -- --case cd-1`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

const apps = ['--filter=@rbm/bench', '--filter=@rbm/demo'];
const prepared =
  (await runPnpm('install', '--frozen-lockfile')) ||
  (await runPnpm('exec', 'turbo', 'run', 'build', ...apps, '--output-logs=errors-only'));
if (prepared === 0) {
  const program = join(root, 'apps', 'bench', 'dist', 'bench.js');
  const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else process.exitCode = prepared;
