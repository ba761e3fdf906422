import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of the workspace, without a trailing slash. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** The package manager with its exact version, e.g. `pnpm@10.34.9`. */
export const pnpm = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).packageManager;

function environment() {
  // Started by `npx -c '…'`, npm leaves its own options behind as variables, which an npx within would take as its own.
  const { npm_config_call: _call, npm_config_package: _package, ...inherited } = process.env;
  return { ...inherited, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), TURBO_TELEMETRY_DISABLED: '1' };
}

/**
 * Runs pnpm in the workspace root, fetched by npx so that only Node and npm need to be there. Its output goes to
 * this terminal; it reads no input.
 * @returns the exit code; 1 if it could not be started or was ended by a signal
 */
export function runPnpm(...args) {
  const child = spawn('npx', ['-y', pnpm, ...args], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`Could not start npx ${pnpm}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
