import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy } from '@rbm/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rbm } from './run.testing.js';

/** Seconds for one run of the program on a busy machine. */
const TIMEOUT = 60_000;

describe('tempering', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rbm-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const strong = ['--data', 'bars-and-stripes:3', '--hidden', '24', '--epochs', '60', '--batch', '14', '--lr', '0.2'];

  it(
    'trains in phases, the last with tempered chains, whose records have a held-out log-likelihood with its error',
    async () => {
      const tempered = 'epochs=20,lr=0.02,estimator=tempered,chains=30,ladder=6,k=2,average';
      const options = [
        '--data',
        'digits',
        '--hidden',
        '20',
        '--epochs',
        '2',
        '--sample-sweeps',
        '20',
        '--phase',
        'epochs=1,batch=50',
      ];
      const { code, stderr } = await rbm(
        ['train', ...options, '--phase', tempered.replace('20,', '2,'), '--out', 'run'],
        folder,
      );
      expect(stderr).toMatch(/heldOutLogLikelihood -\d+\.\d+ ± \d/);
      expect(stderr).toMatch(
        /samples\.png: 100 samples of 20 chains tempered over 24 rungs, 20 sweeps, \d+ round trips/,
      );
      expect(code).toBe(0);
      const lines = (await readFile(join(folder, 'run', 'metrics.jsonl'), 'utf8')).trim().split('\n');
      const records = lines.map((line) => JSON.parse(line) as Record<string, number>);
      expect(records.map(({ epoch }) => Math.round(epoch as number))).toEqual([1, 2, 3, 4, 5]);
      expect(records.map((record) => 'heldOutLogLikelihood' in record)).toEqual([false, false, false, true, true]);
    },
    TIMEOUT,
  );

  it(
    'finds log Z where it enumerates, in agreement, with classes of the samples',
    async () => {
      await rbm(
        [
          'train',
          '--data',
          'digits',
          '--hidden',
          '12',
          '--epochs',
          '20',
          '--lr',
          '0.1',
          '--sample-sweeps',
          '20',
          '--out',
          'run',
        ],
        folder,
      );
      const args = ['eval', 'run/model.safetensors', '--data', 'digits', '--json'];
      const exact = JSON.parse((await rbm(args, folder)).stdout);
      const found = JSON.parse(
        (await rbm([...args, '--method', 'bennett', '--ladder', '8', '--sweeps', '400'], folder)).stdout,
      );
      expect(exact.logPartition).toMatchObject({ method: 'exact', verdict: 'trusted', reasons: [] });
      expect(found.logPartition).toMatchObject({
        method: 'bennett',
        verdict: 'trusted',
        ladder: { rungs: 8, chains: 60, sweeps: 400 },
      });
      const { value, standardError } = found.logPartition;
      expect(Math.abs(value - exact.logPartition.value)).toBeLessThan(4 * standardError);
      const [low, high] = found.interval;
      const reach = Math.hypot(1.96 * found.logLikelihood.standardError, found.logPartition.interval[1] - value);
      expect(found.logLikelihood.mean - low).toBeCloseTo(reach, 10);
      expect(high).toBeGreaterThan(found.logLikelihood.mean);
      expect(found.classes.samples).toHaveLength(10);
      expect(found.classes).toMatchObject({ count: 3000 });
      expect(found.classes.startsDiffer).toBeLessThan(0.2);
      const { stdout } = await rbm(
        args.slice(0, -1).concat('--method', 'bennett', '--ladder', '8', '--sweeps', '400'),
        folder,
      );
      expect(stdout).toMatch(/verdict +trusted/);
      expect(stdout).toMatch(/classes +total variation 0\.\d\d from the data’s/);
    },
    TIMEOUT,
  );

  it(
    'says of annealing that it bounds the likelihood from above only',
    async () => {
      await rbm(['train', ...strong, '--sample-sweeps', '20', '--out', 'run'], folder);
      const args = [
        'eval',
        'run/model.safetensors',
        '--data',
        'bars-and-stripes:3',
        '--split',
        'train',
        '--method',
        'ais',
      ];
      expect((await rbm(args, folder)).stdout).toMatch(/nats a sample, at most -/);
      expect(JSON.parse((await rbm([...args, '--json'], folder)).stdout)).toMatchObject({
        interval: [null, expect.any(Number)],
        logPartition: { verdict: 'cannot tell' },
      });
    },
    TIMEOUT,
  );

  it(
    'samples by tempering, with its round trips',
    async () => {
      await rbm(['train', ...strong, '--sample-sweeps', '20', '--out', 'run'], folder);
      const args = [
        'sample',
        'run/model.safetensors',
        '--sampler',
        'temper',
        '--ladder',
        '5',
        '--count',
        '40',
        '--out',
        'x.npy',
      ];
      const { stderr, code } = await rbm([...args, '--burn-in', '100'], folder);
      expect(stderr).toMatch(/40 ladders of temperatures, 100 sweeps, \d+ round trips/);
      expect(code).toBe(0);
      expect(decodeNpy(await readFile(join(folder, 'x.npy')), 'x.npy').shape).toEqual([40, 9]);
      expect((await rbm([...args, '--burn-in', '2'], folder)).stderr).toMatch(/Fewer than one each/);
    },
    TIMEOUT,
  );

  it.each([
    [
      ['eval', 'm', '--data', 'digits', '--method', 'exact', '--ladder', '5'],
      /--ladder is for --method bennett, not exact/,
    ],
    [['eval', 'm', '--data', 'digits', '--method', 'bennett', '--ais-chains', '5'], /--ais-chains is for --method ais/],
    [['sample', 'm', '--out', 'x.npy', '--ladder', '5'], /--ladder goes with --sampler temper/],
    [['train', '--data', 'digits', '--ladder', '5', '--out', 'o'], /--ladder goes with --estimator tempered/],
    [['train', '--data', 'digits', '--estimator', 'cd', '--start', 'data', '--out', 'o'], /--start goes with/],
    [['train', '--data', 'digits', '--phase', 'lr=1', '--out', 'o'], /epochs are missing/],
    [['train', '--data', 'digits', '--phase', 'epochs=0', '--out', 'o'], /--epochs must be a positive number/],
  ])(
    'refuses options that do not apply: %j',
    async (args, message) => {
      if (args[1] === 'm') {
        await rbm(['train', ...strong, '--epochs', '1', '--sample-sweeps', '20', '--out', 'run'], folder);
        args = [args[0] as string, 'run/model.safetensors', ...args.slice(2)];
        if (args[0] === 'eval') args[3] = 'bars-and-stripes:3';
        if (args[0] === 'eval') args.push('--split', 'train');
      }
      const { code, stderr } = await rbm(args, folder);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    },
    TIMEOUT,
  );
});
