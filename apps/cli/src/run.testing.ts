import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as it is published. */
export const program: string = fileURLToPath(new URL('../dist/rbm.js', import.meta.url));
/** The same program, for many commands. */
const programInTurn = fileURLToPath(new URL('./program.testing.mjs', import.meta.url));

/** The package manager tells what it starts about all its packages; a person's shell does not. */
const { NODE_PATH: _, ...env } = process.env;

/** What a run of the program left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `rbm` with no terminal. `onStderr` may look at what is printed while it runs. Without it, the commands of a test file run
 * in one process, in turn; under `RBM_ALL_TESTS`, as in `npm run test:e2e`, each in its own.
 */
export function rbm(
  args: readonly string[],
  cwd: string,
  onStderr?: (text: string, interrupt: () => void) => void,
): Promise<Run> {
  if (onStderr || process.env.RBM_ALL_TESTS) return rbmProcess(args, cwd, onStderr);
  const run = turn.then(() => runInTurn(args, cwd));
  turn = run.catch(() => {});
  return run;
}

/** Runs `rbm` as a person would: in a process of its own. */
export function rbmProcess(
  args: readonly string[],
  cwd: string,
  onStderr: (text: string, interrupt: () => void) => void = () => {},
): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    onStderr(stderr, () => child.kill('SIGINT'));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

let turn: Promise<unknown> = Promise.resolve();
let host: ChildProcess | undefined;

function runInTurn(args: readonly string[], cwd: string): Promise<Run> {
  host ??= spawn(process.execPath, [programInTurn], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const child = host;
  const mark = `end of ${randomUUID()}`;
  return new Promise((resolve, reject) => {
    const texts = { stdout: '', stderr: '' };
    const settle = (code: number | null): void => {
      child.removeAllListeners('error').removeAllListeners('close');
      for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners('data');
      const [stdout, stderr] = [texts.stdout, texts.stderr].map((text) => text.split(mark)[0]) as [string, string];
      resolve({ code, stdout, stderr });
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk) => {
        texts[name] += chunk;
        const code = new RegExp(`${mark} (\\d+)\n`).exec(texts.stdout)?.[1];
        if (code !== undefined && texts.stderr.includes(mark)) settle(Number(code));
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      host = undefined;
      settle(code);
    });
    child.send({ args, cwd, mark });
  });
}

/** Calls `work` with an empty folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rbm-cli-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
