import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RbmError } from '@rbm/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resumeTraining } from './commands/resume.js';
import { runTraining, type TrainArguments } from './commands/train.js';
import { type FileSystem, type Lock, machineFiles } from './file-system.js';
import { Interruption } from './interruption.js';
import { inFolder } from './run.testing.js';

/** What stands for the end of the process. */
class Killed extends Error {}

/**
 * The files of this machine until operation `n`, of which only half is done where it is a write; nothing works afterwards.
 * Locks end with the process, and their files stay.
 */
function killedAt(n: number): { files: FileSystem; operations: () => number; die: () => Promise<void> } {
  let count = 0;
  const locks: Lock[] = [];
  const step = async <T>(work: () => Promise<T>, half: () => Promise<unknown> = async () => {}): Promise<T> => {
    count++;
    if (count === n) await half();
    if (count >= n) throw new Killed();
    return work();
  };
  const files: FileSystem = {
    makeFolder: (path) => step(() => machineFiles.makeFolder(path)),
    removeFolder: (path) => step(() => machineFiles.removeFolder(path)),
    isLink: (path) => step(() => machineFiles.isLink(path)),
    list: (path) => step(() => machineFiles.list(path)),
    read: (path) => step(() => machineFiles.read(path)),
    create: (path, bytes) =>
      step(
        () => machineFiles.create(path, bytes),
        () => writeFile(path, bytes.subarray(0, bytes.length / 2)),
      ),
    rename: (from, to) => step(() => machineFiles.rename(from, to)),
    remove: (path) => step(() => machineFiles.remove(path)),
    lock: (path) =>
      step(async () => {
        const lock = await machineFiles.lock(path);
        if (lock) locks.push(lock);
        return lock && { release: () => step(() => lock.release()) };
      }),
  };
  const die = async (): Promise<void> => {
    for (const lock of locks) await lock.release().catch(() => {});
  };
  return { files, operations: () => count, die };
}

/** The files of this machine, but the disk is full at write `n` and stays so. */
function fullAt(n: number): { files: FileSystem; writes: () => number } {
  let count = 0;
  const files: FileSystem = {
    ...machineFiles,
    async create(path, bytes) {
      if (++count < n) return machineFiles.create(path, bytes);
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    },
  };
  return { files, writes: () => count };
}

const names = ['filters.png', 'metrics.jsonl', 'model.safetensors', 'run.json', 'samples.png'];

/** What a finished training leaves, but for what the clock said. Fails if there is anything else. */
async function resultsOf(folder: string): Promise<unknown[]> {
  expect((await readdir(folder)).sort()).toEqual(['checkpoint.safetensors', ...names]);
  const [filters, metrics, model, run, samples] = (await Promise.all(
    names.map((name) => readFile(join(folder, name))),
  )) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  const { status, step, epoch } = JSON.parse(run.toString());
  const lines = metrics.toString().trim().split('\n');
  // Hundreds of comparisons: of all bytes they would take longer than the trainings.
  const digests = [filters, model, samples].map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  return [...digests, { status, step, epoch }, lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }))];
}

describe('a training', { timeout: 300_000 }, () => {
  let interruption: Interruption;
  beforeEach(() => {
    interruption = new Interruption();
    vi.spyOn(console, 'error').mockImplementation(() => {});
    vi.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(() => {
    interruption.dispose();
    vi.restoreAllMocks();
  });

  function training(out: string, options: Partial<TrainArguments> = {}): TrainArguments {
    return { ...defaults, out, ...options } as unknown as TrainArguments;
  }

  const defaults = {
    data: 'bars-and-stripes:3',
    model: 'rbm',
    hidden: 3,
    estimator: 'pcd',
    sampler: 'gibbs',
    k: 1,
    epochs: 3,
    batch: 7,
    lr: 0.05,
    momentum: 0,
    centre: false,
    optimizer: 'sgd',
    monitor: [],
    'sample-sweeps': 3,
    'checkpoint-every': 30,
    seed: 1,
    force: false,
    backend: 'wasm',
    phase: ['epochs=1,average'],
    average: false,
  };

  /** Finishes what there is, or begins again where nothing was begun, as the message says. */
  async function finish(args: TrainArguments): Promise<void> {
    try {
      await resumeTraining(args.out, interruption);
    } catch (error) {
      if (!RbmError.isInstance(error) || error.code !== 'FILE_NOT_FOUND') throw error;
      const entries: string[] = await readdir(args.out).catch(() => []);
      if (!args.force && entries.includes('run.json')) {
        expect(JSON.parse(await readFile(join(args.out, 'run.json'), 'utf8')).status).toBe('finished');
        return;
      }
      await runTraining(args, interruption);
    }
  }

  it('that is killed at any of its file operations is finished to the same bits, with nothing left over', () =>
    inFolder(async (folder) => {
      await runTraining(training(join(folder, 'whole')), interruption);
      const whole = await resultsOf(join(folder, 'whole'));
      let n = 1;
      for (; ; n++) {
        const args = training(join(folder, `killed-${n}`));
        const kill = killedAt(n);
        const error = await runTraining(args, interruption, undefined, kill.files).catch((reason: unknown) => reason);
        if (error === undefined) break;
        expect(error).toBeInstanceOf(Killed);
        await kill.die();
        await finish(args);
        expect(await resultsOf(args.out), `killed at operation ${n}`).toEqual(whole);
      }
      expect(n).toBeGreaterThan(20);
    }));

  it('that replaces an unfinished one with --force never mixes with it', () =>
    inFolder(async (folder) => {
      const before = { seed: 2, epochs: 5 };
      await runTraining(training(join(folder, 'before'), before), interruption);
      const old = await resultsOf(join(folder, 'before'));
      await runTraining(training(join(folder, 'after')), interruption);
      const expected = await resultsOf(join(folder, 'after'));
      // The one before is killed late, so that it leaves a model and a checkpoint.
      const all = killedAt(Number.POSITIVE_INFINITY);
      await runTraining(training(join(folder, 'all'), before), interruption, undefined, all.files);
      for (let n = 1; ; n++) {
        const args = training(join(folder, `forced-${n}`), { force: true });
        const first = killedAt(all.operations() - 7);
        await runTraining({ ...args, ...before }, interruption, undefined, first.files).catch(() => {});
        await first.die();
        expect(await readdir(args.out)).toEqual(
          expect.arrayContaining(['checkpoint.safetensors', 'model.safetensors']),
        );
        const kill = killedAt(n);
        const error = await runTraining(args, interruption, undefined, kill.files).catch((reason: unknown) => reason);
        if (error === undefined) break;
        await kill.die();
        const { settings } = JSON.parse(await readFile(join(args.out, 'run.json'), 'utf8'));
        await finish({ ...args, force: false });
        expect(await resultsOf(args.out), `killed at operation ${n}`).toEqual(settings.seed === 2 ? old : expected);
      }
    }));

  it('that meets a full disk at any of its writes says so, and is finished later', () =>
    inFolder(async (folder) => {
      await runTraining(training(join(folder, 'whole')), interruption);
      const whole = await resultsOf(join(folder, 'whole'));
      let n = 1;
      for (; ; n++) {
        const args = training(join(folder, `full-${n}`));
        const error = await runTraining(args, interruption, undefined, fullAt(n).files).catch(
          (reason: unknown) => reason,
        );
        if (error === undefined) break;
        expect(error).toMatchObject({ code: 'WRITE_FAILED', message: expect.stringContaining('disk is full') });
        const left: string[] = await readdir(args.out).catch(() => []);
        expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
        await finish(args);
        expect(await resultsOf(args.out), `full at write ${n}`).toEqual(whole);
      }
      expect(n).toBeGreaterThan(7);
    }));

  it('has its folder for itself, with force too', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'run');
      const both = await Promise.allSettled(
        [1, 2].map((seed) => runTraining(training(out, { seed, force: true }), interruption)),
      );
      const refused = both.filter(({ status }) => status === 'rejected');
      for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'RUN_IN_USE' });
      const { settings } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8'));
      await runTraining(training(join(folder, 'alone'), { seed: settings.seed }), interruption);
      expect(await resultsOf(out)).toEqual(await resultsOf(join(folder, 'alone')));
    }));
});
