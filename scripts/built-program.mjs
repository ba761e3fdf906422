import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

/**
 * Installs, builds packages with all they need, and runs a program of `apps/bench` with this process's terminal.
 *
 * @param names Packages to build.
 * @param program A file in `apps/bench/dist`.
 * @param prepare Called after the build, for what the program needs in its environment.
 * @returns the exit code
 */
export async function runBuilt(names, program, args, { nodeArguments = [], prepare = () => ({}) } = {}) {
  const filters = names.map((name) => `--filter=${name}`);
  const failed =
    (await runPnpm('install', '--frozen-lockfile')) ||
    (await runPnpm('exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only'));
  if (failed) return failed;
  const file = join(root, 'apps', 'bench', 'dist', program);
  const env = { ...process.env, ...prepare() };
  const child = spawn(process.execPath, [...nodeArguments, file, ...args], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
