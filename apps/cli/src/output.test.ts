import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFolder, program, rbm } from './run.testing.js';

const TIMEOUT = 60_000;
const training = ['train', '--data', 'bars-and-stripes:2', '--hidden', '2', '--batch', '6', '--sample-sweeps', '2'];

/** A device that is always full, or a pipe whose reader closes it, at once or when something has come. */
type Sink = 'full' | 'closed' | 'closes' | 'pipe';

/** Runs the program with streams that cannot be written. @returns its exit code, and what could be read */
async function runInto(
  streams: { readonly stdout: Sink; readonly stderr: Sink },
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const full = openSync('/dev/full', 'w');
  const into = (sink: Sink): number | 'pipe' => (sink === 'full' ? full : 'pipe');
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: ['ignore', into(streams.stdout), into(streams.stderr)],
  });
  closeSync(full);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (streams[name] === 'closed') stream?.destroy();
    stream?.on('data', (chunk) => {
      text[name] += chunk;
      if (streams[name] === 'closes') stream.destroy();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  return { code, ...text };
}

describe('output', () => {
  let folder = '';
  let release: () => void = () => {};
  beforeAll(
    () =>
      new Promise<void>((ready, fail) => {
        inFolder(async (made) => {
          folder = made;
          const run = await rbm([...training, '--epochs', '1', '--out', 'run'], made);
          expect([run.code, run.stdout]).toEqual([0, 'run\n']);
          ready();
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }).catch(fail);
      }),
    TIMEOUT,
  );
  afterAll(() => release());

  const reading = [
    ['info', 'run/model.safetensors'],
    ['info', 'run/model.safetensors', '--json'],
    ['eval', 'run/model.safetensors', '--data', 'bars-and-stripes:2', '--split', 'train'],
    ['plugins'],
    ['--help'],
    ['train', '--help'],
    ['--version'],
  ];

  it.each(reading)('of %s %s that cannot be written is an error', { timeout: TIMEOUT }, async (...args) => {
    const run = await runInto({ stdout: 'full', stderr: 'pipe' }, args, folder);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('Cannot write standard output');
    if (args.includes('--json')) expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'WRITE_FAILED' } });
  });

  it.each(reading)('of %s %s may be cut off by its reader', { timeout: TIMEOUT }, async (...args) => {
    const run = await runInto({ stdout: 'closed', stderr: 'pipe' }, args, folder);
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('rbm:')]);
  });

  it.each(['full', 'closed', 'closes'] as const)(
    'of progress may be lost (%s): the training is finished and saved',
    { timeout: TIMEOUT },
    async (stderr) => {
      const out = `progress-${stderr}`;
      const args = [...training, '--epochs', '40', '--out'];
      const run = await runInto({ stdout: 'pipe', stderr }, [...args, out], folder);
      expect([run.code, run.stdout]).toEqual([0, `${out}\n`]);
      expect(JSON.parse(await readFile(join(folder, out, 'run.json'), 'utf8')).status).toBe('finished');
      const both = await runInto({ stdout: stderr, stderr }, [...args, `${out}-both`], folder);
      expect(both.code).toBe(stderr === 'full' ? 1 : 0);
      expect((await readdir(join(folder, `${out}-both`))).sort()).toEqual((await readdir(join(folder, out))).sort());
    },
  );

  it('of errors may be lost: the exit code stays', { timeout: TIMEOUT }, async () => {
    expect((await runInto({ stdout: 'pipe', stderr: 'full' }, ['info', 'none'], folder)).code).toBe(1);
    expect((await runInto({ stdout: 'closed', stderr: 'closed' }, ['info', '--wrong'], folder)).code).toBe(2);
  });
});
