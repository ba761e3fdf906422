import { spawn } from 'node:child_process';
import { rootManifest } from './workspace.ts';

export interface RunOptions {
  /** Working directory. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the command is ended; two minutes unless told. */
  timeout?: number;
}

export interface RunResult {
  stdout: string;
  stderr: string;
}

// Started by npm or npx, npm leaves its options behind as variables, which an npm within would take as its own. Which
// registry, cache and proxy to use stays.
const foreign =
  /^(npm_(?!config_(registry|cache|userconfig|.*proxy|cafile)$)|pnpm_|NODE_OPTIONS$|NODE_ENV$|VITEST|FORCE_COLOR$)/i;

/** Variables of the programs started here. */
export const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
  NO_COLOR: '1',
};

/**
 * Runs a program to its end.
 * @throws Error with all of its output if it fails
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  // npm and npx are scripts, which Windows starts only through its shell.
  const shell = process.platform === 'win32' && /^(npm|npx)$/.test(command);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environment, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeout ?? 120_000,
    shell,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}\n${stdout}\n${stderr}`));
    });
  });
}

/** Runs the workspace's pnpm, fetched by npx. */
export function runPnpm(args: readonly string[], options: RunOptions): Promise<RunResult> {
  return run('npx', ['-y', rootManifest.packageManager ?? 'pnpm', ...args], options);
}
