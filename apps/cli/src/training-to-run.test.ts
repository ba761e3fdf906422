import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, rbm } from './run.testing.js';
import { newFolder } from './training-to-run.js';

const TIMEOUT = 120_000;
const small = ['--data', 'bars-and-stripes:3', '--hidden', '3', '--epochs', '2', '--sample-sweeps', '5'];

describe('newFolder', () => {
  it('is named after the time, and never one that exists', () => {
    const time = new Date(2026, 10, 7, 9, 5, 3);
    expect(newFolder(time, () => false)).toBe(join('runs', '2026-11-07-090503'));
    const taken = [join('runs', '2026-11-07-090503'), join('runs', '2026-11-07-090503-2')];
    expect(newFolder(time, (path) => taken.includes(path))).toBe(join('runs', '2026-11-07-090503-3'));
  });
});

describe('rbm train', () => {
  it('without --out makes a folder, and --again repeats the run', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const first = await rbm(['train', ...small, '--lr', '0.2'], folder);
      expect(first.stdout).toMatch(/^runs.\d{4}-\d\d-\d\d-\d{6}\n$/);
      const run = first.stdout.trim();
      const described = JSON.parse(await readFile(join(folder, run, 'run.json'), 'utf8'));
      expect(described.command).toEqual(['rbm', 'train', ...small, '--lr', '0.2']);
      const second = await rbm(['train', '--again', run, '--out', 'again'], folder);
      expect([second.code, second.stdout]).toEqual([0, 'again\n']);
      const again = JSON.parse(await readFile(join(folder, 'again/run.json'), 'utf8'));
      expect(again.command).toEqual(described.command);
      expect(again.settings).toEqual({ ...described.settings, out: 'again' });
      expect(await readFile(join(folder, 'again/model.safetensors'))).toEqual(
        await readFile(join(folder, run, 'model.safetensors')),
      );
      const changed = await rbm(['train', '--again', run, '--lr', '0.1'], folder);
      expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('--lr does not go with --again')]);
      expect((await rbm(['train', '--again', 'nowhere'], folder)).stderr).toContain('(FILE_NOT_FOUND)');
      expect((await rbm(['train', '--epochs', '1'], folder)).code).toBe(2);
    }),
  );

  it('says where a training came to less than units that do not interact', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const comparisonOf = async (out: string): Promise<Record<string, unknown>> =>
        JSON.parse(await readFile(join(folder, out, 'run.json'), 'utf8')).comparison;
      for (const [out, hidden] of [
        ['exact', '6'],
        ['estimated', '16'],
      ] as const) {
        const options = ['--data', 'digits', '--hidden', hidden, '--epochs', '2', '--sample-sweeps', '40', '--out'];
        const bad = await rbm(['train', '--lr', '100', ...options, out], folder);
        expect(bad.code).toBe(0);
        expect(bad.stderr.trim().split('\n').at(-1)).toMatch(/^Warning: the model is far worse than units/);
        expect(await comparisonOf(out)).toMatchObject({
          farBelow: true,
          method: out === 'exact' ? 'exact' : 'bennett',
        });
        const good = await rbm(['train', ...options, `${out}-good`], folder);
        expect([good.code, good.stderr]).toEqual([0, expect.not.stringContaining('far worse')]);
        expect(await comparisonOf(`${out}-good`)).toMatchObject({ farBelow: false });
      }
    }),
  );
});

describe('rbm sample --out -', () => {
  it('writes samples to standard output', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      expect((await rbm(['train', ...small, '--out', 'run'], folder)).code).toBe(0);
      const args = ['sample', 'run/model.safetensors', '--count', '3', '--burn-in', '5', '--out'];
      const run = await rbm([...args, '-'], folder);
      expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/^([01](,[01]){8}\n){3}$/)]);
      expect((await rbm([...args, 'x.csv'], folder)).stdout).toBe('');
      expect(await readFile(join(folder, 'x.csv'), 'utf8')).toBe(run.stdout);
      expect((await rbm([...args, '-', '--format', 'npy'], folder)).stdout).toContain('NUMPY');
      expect((await rbm([...args, 'x.unknown'], folder)).code).toBe(2);
    }),
  );
});
