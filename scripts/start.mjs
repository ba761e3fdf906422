// Installs, builds, then hands the terminal to the CLI. `npm start -- <args>` runs `rbm <args>` instead of the main job.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

// biome-ignore format: a line a command
const mainJob = [
  ['train', '--data', 'mnist', '--hidden', '500', '--estimator', 'pcd', '--k', '1', '--epochs', '10', '--batch', '100', '--lr', '0.2', '--lr-end', '0.05', '--centre', '--phase', 'chains=500,batch=200,lr=0.03,lr-end=0.01,epochs=3', '--phase', 'lr=0.01,epochs=10,average', '--seed', '1', '--out', 'runs/mnist', '--force'],
  ['eval', 'runs/mnist/model.safetensors', '--data', 'mnist', '--split', 'test'],
];

/**
 * Runs the CLI on this terminal. Ctrl-C goes from the terminal to the CLI directly, which saves and exits with 130, so
 * this process only waits; a SIGTERM goes to this process alone and is passed on.
 * @returns the CLI's exit code
 */
function runCli(args) {
  const child = spawn(process.execPath, [join(root, 'apps/cli/dist/rbm.js'), ...args], { cwd: root, stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function main(args) {
  const prepared =
    (await runPnpm('install', '--frozen-lockfile')) ||
    (await runPnpm('exec', 'turbo', 'run', 'build', '--filter=@rbm/cli', '--output-logs=errors-only'));
  if (prepared !== 0) return prepared;
  for (const command of args.length > 0 ? [args] : mainJob) {
    console.error(`\n> rbm ${command.join(' ')}`);
    const code = await runCli(command);
    if (code !== 0) return code;
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
