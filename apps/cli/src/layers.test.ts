import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { effectiveCouplings, generator } from '@rbm/core';
import { formatFasta, parseFasta } from '@rbm/datasets';
import { decodeModel } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import { inFolder, rbm } from './run.testing.js';

const TIMEOUT = 120_000;

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((sum, y) => sum + y, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] as number) - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

describe('sequences', () => {
  const [length, letters] = [6, 'ABC'];
  const q = letters.length;
  const random = generator(11);

  /** Couplings `J_ij(a, b)` in the zero-sum gauge, on half of the pairs. */
  const couplings = new Float64Array(length * length * q * q);
  const at = (i: number, j: number, a: number, b: number): number => ((i * length + j) * q + a) * q + b;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < i; j++) {
      if (random.uniform(i, j, 0, 0) < 0.5) continue;
      const raw = Array.from({ length: q * q }, (_, n) => random.normal(i, j, n + 1, 0));
      const all = raw.reduce((sum, x) => sum + x, 0) / (q * q);
      for (let a = 0; a < q; a++) {
        for (let b = 0; b < q; b++) {
          let [row, column] = [0, 0];
          for (let c = 0; c < q; c++) {
            row += (raw[a * q + c] as number) / q;
            column += (raw[c * q + b] as number) / q;
          }
          const centred = (raw[a * q + b] as number) - row - column + all;
          couplings[at(i, j, a, b)] = centred;
          couplings[at(j, i, b, a)] = centred;
        }
      }
    }
  }

  /** Exact samples of the Potts model with these couplings. */
  function sequences(count: number): Uint8Array {
    const states = q ** length;
    const digits = (state: number): number[] => Array.from({ length }, (_, i) => Math.floor(state / q ** i) % q);
    const weights = Float64Array.from({ length: states }, (_, state) => {
      const x = digits(state);
      let energy = 0;
      for (let i = 0; i < length; i++) {
        for (let j = 0; j < i; j++) energy -= couplings[at(i, j, x[i] as number, x[j] as number)] as number;
      }
      return Math.exp(-energy);
    });
    const total = weights.reduce((sum, w) => sum + w, 0);
    const probabilities = weights.map((w) => w / total);
    const draws = generator(12);
    return Uint8Array.from(
      Array.from({ length: count }, (_, n) => digits(draws.categorical(probabilities, 0, states, n, 0, 0, 0))).flat(),
    );
  }

  it('give back the couplings of the Potts model they came from', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const count = 10_000;
      await writeFile(join(folder, 'known.fasta'), formatFasta(sequences(count), count, letters));
      const settings = '--hidden gaussian:12 --epochs 40 --lr 0.05 --lr-end 0 --sample-sweeps 10'.split(' ');
      const run = await rbm(
        ['train', '--data', 'known.fasta', '--alphabet', letters, ...settings, '--out', 'run'],
        folder,
      );
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
      const path = join(folder, 'run/model.safetensors');
      const { model } = decodeModel(await readFile(path), path);
      expect(model.layers[0]).toMatchObject({ kind: 'potts', units: length, width: q });
      const found = effectiveCouplings(model);
      const pairs = Array.from(couplings.keys()).filter((n) => {
        const pair = Math.floor(n / (q * q));
        return pair % length < Math.floor(pair / length);
      });
      const of = (from: Float64Array): number[] => pairs.map((n) => from[n] as number);
      expect(correlation(of(found), of(couplings))).toBeGreaterThan(0.9);

      expect((await rbm(['sample', 'run/model.safetensors', '--count', '20', '--out', 'new.fasta'], folder)).code).toBe(
        0,
      );
      const drawn = parseFasta(await readFile(join(folder, 'new.fasta'), 'utf8'), { alphabet: letters });
      expect([drawn.count, drawn.width]).toEqual([20, length]);
      // The same alignment, one letter a column.
      const rows =
        Array.from(sequences(50), (x) => letters[x] as string)
          .join('')
          .match(/.{6}/g) ?? [];
      await writeFile(join(folder, 'some.csv'), rows.map((row) => [...row].join(',')).join('\n'));
      await writeFile(join(folder, 'some.fasta'), rows.map((row, n) => `>${n}\n${row}`).join('\n'));
      const judge = async (data: string): Promise<unknown> => {
        const options = ['--data', data, '--split', 'train', '--ais-temperatures', '100', '--json'];
        const { code, stdout } = await rbm(['eval', 'run/model.safetensors', ...options], folder);
        return [code, JSON.parse(stdout).logLikelihood];
      };
      expect(await judge('some.csv')).toEqual(await judge('some.fasta'));
      const bad = await rbm(['train', '--data', 'known.fasta', '--alphabet', 'AB', '--out', 'bad'], folder);
      expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('alphabet')]);
    }),
  );
});

describe('real numbers', () => {
  it('are learned in standard units, and judged and sampled in their own', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const random = generator(5);
      const rows = Array.from({ length: 3000 }, (_, n) => {
        const [a, b] = [random.normal(n, 0, 0, 0), random.normal(n, 1, 0, 0)];
        return [100 + 10 * a, 5 + a + 0.5 * b, -3 + 0.1 * b];
      });
      await writeFile(join(folder, 'real.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
      const data = ['--data', 'real.csv', '--test-fraction', '0.2'];
      const settings = '--visible gaussian --hidden 10 --epochs 60 --lr 0.05 --lr-end 0 --sample-sweeps 10'.split(' ');
      const run = await rbm(['train', ...data, ...settings, '--out', 'run'], folder);
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
      const evaluated = await rbm(['eval', 'run/model.safetensors', ...data, '--method', 'exact', '--json'], folder);
      const { logLikelihood, baseline } = JSON.parse(evaluated.stdout);
      expect(logLikelihood.mean).toBeGreaterThan(baseline.mean + 0.2);
      await rbm(['sample', 'run/model.safetensors', '--count', '2000', '--burn-in', '100', '--out', 'new.csv'], folder);
      const samples = (await readFile(join(folder, 'new.csv'), 'utf8'))
        .trim()
        .split('\n')
        .map((row) => row.split(',').map(Number));
      const column = (table: readonly number[][], i: number): number[] => table.map((row) => row[i] as number);
      const mean = column(samples, 0).reduce((sum, x) => sum + x, 0) / samples.length;
      expect(Math.abs(mean - 100)).toBeLessThan(2);
      expect(correlation(column(samples, 0), column(samples, 1))).toBeGreaterThan(0.5);
    }),
  );

  it('that are none, or that units cannot be, are refused with their place', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'negative.csv'), '1,2\n3,-4\n');
      for (const [visible, says] of [
        ['relu', /row 1, column 1.*-4/],
        ['binomial:8', /row 1, column 1.*-4/],
        ['potts:3', /row/],
        ['spin', /row/],
      ] as const) {
        const run = await rbm(['train', '--data', 'negative.csv', '--visible', visible, '--out', 'x'], folder);
        expect([visible, run.code]).toEqual([visible, 1]);
        expect(run.stderr).toMatch(says);
      }
      await writeFile(join(folder, 'constant.csv'), '1,2\n3,2\n5,2\n');
      const args = [
        '--data',
        'constant.csv',
        '--visible',
        'gaussian',
        '--hidden',
        '2',
        '--epochs',
        '1',
        '--batch',
        '3',
      ];
      const warned = await rbm(['train', ...args, '--sample-sweeps', '1', '--out', 'c'], folder);
      expect([warned.code, warned.stderr]).toEqual([0, expect.stringMatching(/Warning: .*column 1 .*constant/)]);
    }),
  );
});

describe('layers on the command line', () => {
  it.each([
    ['--visible', 'cauchy'],
    ['--visible', 'potts:1'],
    ['--visible', 'binomial'],
    ['--visible', 'gaussian:3'],
    ['--hidden', 'potts:20'],
    ['--hidden', 'spin'],
    ['--hidden', 'gaussian:0'],
  ])('%s %s is refused', { timeout: TIMEOUT }, (option, value) =>
    inFolder(async (folder) => {
      const run = await rbm(['train', '--data', 'digits', option, value, '--out', 'x'], folder);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(option)]);
    }),
  );

  it.each(['spin', 'relu', 'binomial:1'])('%s units learn digits of 0 and 1', { timeout: TIMEOUT }, (visible) =>
    inFolder(async (folder) => {
      const settings = '--hidden spin:6 --epochs 2 --lr 0.01 --sample-sweeps 5'.split(' ');
      const run = await rbm(['train', '--data', 'digits', '--visible', visible, ...settings, '--out', 'run'], folder);
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
      const evaluated = await rbm(['eval', 'run/model.safetensors', '--data', 'digits', '--json'], folder);
      expect(JSON.parse(evaluated.stdout).logPartition.method).toBe('exact');
    }),
  );
});
