import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, program, rbm } from './run.testing.js';

const training = ['train', '--data', 'bars-and-stripes:2', '--hidden', '2', '--batch', '6'];
const results = ['filters.png', 'metrics.jsonl', 'model.safetensors', 'run.json', 'samples.png'];

/** Runs the program and sends a signal after some time, or when standard error has a text. */
function signalled(
  args: readonly string[],
  cwd: string,
  signal: NodeJS.Signals,
  at: number | string,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let sent = false;
  const send = (): void => {
    if (!sent) child.kill(signal);
    sent = true;
  };
  if (typeof at === 'number') setTimeout(send, at);
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (typeof at === 'string' && stderr.includes(at)) send();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, ended) => resolve({ code, signal: ended, stderr }));
  });
}

describe('a signal', { timeout: 120_000 }, () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s saves a checkpoint', (signal) =>
    inFolder(async (folder) => {
      const args = [...training, '--epochs', '1000000', '--out', 'run'];
      const run = await signalled(args, folder, signal, 'epoch 20 ');
      expect([run.code, run.signal]).toEqual([130, null]);
      expect(run.stderr).toContain('rbm resume run');
      expect((await readdir(join(folder, 'run'))).sort()).toEqual(['checkpoint.safetensors', ...results]);
      expect(JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8')).status).toBe('interrupted');
    }),
  );

  it('at the start leaves what can be finished or begun again', () =>
    inFolder(async (folder) => {
      const times = [0, 100, 200, 300, 450, 800];
      for (const [n, time] of times.entries()) {
        const args = [...training, '--epochs', '50', '--sample-sweeps', '5', '--out', `run-${time}`];
        const signal = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[n % 3] as NodeJS.Signals;
        const run = await signalled(args, folder, signal, time);
        // Before Node has run a line of the program, the system ends the process.
        expect([0, 130, null]).toContain(run.code);
        if (run.code === null) expect(run.signal).toBe(signal);
        if (run.code === 0) continue;
        const left: string[] = await readdir(join(folder, `run-${time}`)).catch(() => []);
        const next = left.includes('run.json') ? ['resume', `run-${time}`] : args;
        const finished = await rbm(next, folder);
        expect([finished.code, time, finished.stderr]).toEqual([0, time, expect.stringContaining('Done')]);
        expect((await readdir(join(folder, `run-${time}`))).sort()).toEqual(['checkpoint.safetensors', ...results]);
      }
    }));

  it('while the pictures are drawn leaves a training that resume finishes', () =>
    inFolder(async (folder) => {
      const args = [...training, '--epochs', '1', '--out', 'run', '--sample-sweeps'];
      // Progress appears on a terminal only; a training of one epoch is over by its line.
      const run = await signalled([...args, '100000000'], folder, 'SIGINT', 'epoch 1 ');
      expect([run.code, run.stderr]).toEqual([130, expect.stringContaining('rbm resume run')]);
      const description = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
      expect(description.status).toBe('interrupted');
    }));
});
