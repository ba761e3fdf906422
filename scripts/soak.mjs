// Installs, builds, then works for a long time and watches the memory: `npm run soak -- --minutes 10`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

const apps = ['--filter=@rbm/bench'];
const prepared =
  (await runPnpm('install', '--frozen-lockfile')) ||
  (await runPnpm('exec', 'turbo', 'run', 'build', ...apps, '--output-logs=errors-only'));
if (prepared === 0) {
  const program = join(root, 'apps', 'bench', 'dist', 'soak.js');
  const child = spawn(process.execPath, ['--expose-gc', program, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else process.exitCode = prepared;
