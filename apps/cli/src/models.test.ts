import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enumerate, logLikelihood } from '@rbm/core';
import { decodeModel } from '@rbm/formats';
import { describe, expect, test } from 'vitest';
import { inFolder, rbm } from './run.testing.js';

/** Rows of four spins, neighbours mostly alike. */
const rows = ['1,1,1,0', '0,0,1,1', '1,1,1,1', '0,0,0,0', '0,1,1,1', '0,0,0,1', '1,1,0,0', '1,1,1,1'];
const spins = rows.join('\n');
const edges = '0,1\n1,2\n2,3\n';

const kinds: [string, string[], string[]][] = [
  ['hopfield', [], ['visible.bias', 'couplings']],
  ['hopfield', ['--visible', 'potts:2'], ['visible.bias', 'couplings']],
  ['ising', ['--visible', 'spin', '--lattice', '2x2'], ['visible.bias', 'couplings']],
  ['ising', ['--visible', 'spin', '--lattice', '4', '--periodic'], ['visible.bias', 'couplings']],
  ['graph', ['--edges', 'edges.csv'], ['visible.bias', 'couplings']],
];

describe.each(kinds)('--model %s %j', (kind, options, parameters) => {
  test('is trained, judged, sampled and described', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'data.csv'), spins);
      await writeFile(join(folder, 'edges.csv'), edges);
      const data = ['--data', 'data.csv', '--test-fraction', '0.25'];
      const trained = await rbm(
        [
          'train',
          '--model',
          kind,
          ...options,
          ...data,
          '--estimator',
          'exact',
          '--batch',
          '6',
          '--epochs',
          '60',
          '--lr',
          '0.3',
          '--out',
          'run',
        ],
        folder,
      );
      expect(trained.stderr).toContain('couplings.png');
      expect(trained.code).toBe(0);
      const path = join('run', 'model.safetensors');

      const info = JSON.parse((await rbm(['info', path, '--json'], folder)).stdout);
      expect(info.model).toBe(kind);
      expect(Object.keys(info.parameters)).toEqual(parameters);

      const judged = await rbm(['eval', path, ...data, '--split', 'train', '--json'], folder);
      const { logPartition, logLikelihood: found, baseline } = JSON.parse(judged.stdout);
      const { model } = decodeModel(await readFile(join(folder, path)), path);
      const exact = await enumerate(model);
      expect(logPartition).toMatchObject({ method: 'exact', standardError: 0 });
      expect(logPartition.value).toBeCloseTo(exact.logPartition, 9);
      expect(found.mean).toBeGreaterThan(baseline.mean + 0.3);

      const drawn = await rbm(['sample', path, '--count', '500', '--burn-in', '50', '--out', 'drawn.csv'], folder);
      expect(drawn.code).toBe(0);
      const lines = (await readFile(join(folder, 'drawn.csv'), 'utf8')).trim().split('\n');
      const equal = lines.filter((line) => ['1,1,1,1', '0,0,0,0'].includes(line)).length / lines.length;
      // What the exact distribution gives those two, within five standard deviations.
      const width = kind === 'hopfield' && options.length > 0 ? 8 : 4;
      const [one, zero] =
        width === 8
          ? [
              [0, 1],
              [1, 0],
            ]
          : kind === 'ising'
            ? [[1], [-1]]
            : [[1], [0]];
      const states = Float64Array.from([one, zero].flatMap((unit) => [0, 1, 2, 3].flatMap(() => unit as number[])));
      const logs = logLikelihood(model, states, exact.logPartition);
      const p = logs.reduce((sum, log) => sum + Math.exp(log), 0);
      expect(Math.abs(equal - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / lines.length));
    }));
});

test('samples are drawn at any temperature', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'data.csv'), spins);
    const options = ['--model', 'ising', '--visible', 'spin', '--lattice', '4', '--data', 'data.csv'];
    await rbm(['train', ...options, '--estimator', 'exact', '--batch', '8', '--lr', '0.3', '--out', 'run'], folder);
    const path = join('run', 'model.safetensors');
    const distinct = async (temperature: string): Promise<number> => {
      const drawn = ['--count', '200', '--burn-in', '50', '--temperature', temperature, '--out', 'drawn.csv'];
      expect((await rbm(['sample', path, ...drawn], folder)).code).toBe(0);
      return new Set((await readFile(join(folder, 'drawn.csv'), 'utf8')).trim().split('\n')).size;
    };
    // Frozen, the samples are the few states of least energy; hot, all sixteen.
    expect(await distinct('0.02')).toBeLessThan(3);
    expect(await distinct('100')).toBe(16);
    const refused = await rbm(['sample', path, '--temperature', '0', '--out', 'drawn.csv'], folder);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--temperature must be a positive')]);
  }));

test('without hidden units, the pseudo-likelihood trains too', () =>
  inFolder(async (folder) => {
    const { code, stderr } = await rbm(
      [
        'train',
        '--model',
        'hopfield',
        '--data',
        'digits',
        '--estimator',
        'pseudo-likelihood',
        '--epochs',
        '1',
        '--sample-sweeps',
        '5',
        '--out',
        'run',
      ],
      folder,
    );
    expect(code).toBe(0);
    expect(stderr).toContain('reconstructionError');
  }));

describe('patterns', () => {
  /** Three patterns of 24 units, far from one another. */
  const patterns = ['1'.repeat(12) + '0'.repeat(12), '110'.repeat(8), '1000'.repeat(6)].map((row) =>
    [...row].join(','),
  );

  test.each([
    ['hebb', 'spin'],
    ['storkey', 'bernoulli'],
    ['pseudo-inverse', 'spin'],
  ])('stored by %s in %s units are recalled from damaged ones', (storage, visible) =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'patterns.csv'), patterns.join('\n'));
      const data = ['--data', 'patterns.csv'];
      const stored = await rbm(
        ['train', '--model', 'hopfield', '--visible', visible, ...data, '--storage', storage, '--out', 'run'],
        folder,
      );
      expect([stored.code, stored.stderr]).toEqual([0, expect.stringContaining('model.safetensors')]);
      const path = join('run', 'model.safetensors');
      const damage = ['--flip', '0.1', '--seed', '3'];
      const recalled = await rbm(['recall', path, ...data, ...damage, '--out', 'recalled.csv', '--json'], folder);
      const rows = JSON.parse(recalled.stdout);
      expect(rows).toHaveLength(3);
      for (const { overlapBefore, overlapAfter, converged } of rows) {
        expect([overlapBefore < 1, overlapAfter, converged]).toEqual([true, 1, true]);
      }
      expect((await readFile(join(folder, 'recalled.csv'), 'utf8')).trim().split('\n')).toEqual(patterns);
      expect((await rbm(['recall', path, ...data, '--out', 'recalled.png'], folder)).stdout).toMatch(
        /recalled +3 without/,
      );
    }),
  );

  test('are not recalled by an RBM, which says what is', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'patterns.csv'), patterns.join('\n'));
      await rbm(
        ['train', '--data', 'patterns.csv', '--hidden', '2', '--epochs', '1', '--batch', '3', '--out', 'run'],
        folder,
      );
      const { code, stderr } = await rbm(
        ['recall', join('run', 'model.safetensors'), '--data', 'patterns.csv', '--out', 'x.csv'],
        folder,
      );
      expect([code, stderr]).toEqual([2, expect.stringContaining('--model hopfield')]);
    }));
});

describe('refused:', () => {
  test.each<[string, string[], RegExp]>([
    [
      'hidden units of a network',
      ['--model', 'hopfield', '--hidden', '5'],
      /--hidden is for --model rbm, not hopfield/,
    ],
    ['a lattice of an RBM', ['--lattice', '2x2'], /--lattice is for --model ising, not rbm/],
    ['storage in an RBM', ['--storage', 'hebb'], /--storage is for --model hopfield/],
    [
      'training where patterns are stored',
      ['--model', 'hopfield', '--visible', 'spin', '--storage', 'hebb', '--epochs', '5'],
      /--epochs does not go with --storage/,
    ],
    ['a graph without edges', ['--model', 'graph'], /--model graph needs --edges/],
    ['edges that are missing', ['--model', 'graph', '--edges', 'none.csv'], /none\.csv/],
    ['edges of three units', ['--model', 'graph', '--edges', 'data.csv'], /two units a row are needed, not 4/],
    ['an Ising model of zeros and ones', ['--model', 'ising', '--lattice', '2x2'], /--visible spin/],
    [
      'a lattice of another size',
      ['--model', 'ising', '--visible', 'spin', '--lattice', '3x2'],
      /6 sites; the samples have 4/,
    ],
    ['a lattice that is none', ['--model', 'ising', '--visible', 'spin', '--lattice', '2by2'], /extents like 32x32/],
    ['a lattice of data without a shape', ['--model', 'ising', '--visible', 'spin'], /needs --lattice/],
    ['real units that all act on each other', ['--model', 'hopfield', '--visible', 'gaussian'], /finitely many states/],
    ['the pseudo-likelihood of an RBM', ['--estimator', 'pseudo-likelihood'], /without hidden units/],
  ])('%s', (_, options, message) =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'data.csv'), spins);
      const { code, stderr } = await rbm(['train', '--data', 'data.csv', ...options, '--out', 'run'], folder);
      expect(stderr).toMatch(message);
      expect(code).not.toBe(0);
      // Nothing was begun.
      await expect(readFile(join(folder, 'run', 'run.json'))).rejects.toThrow();
    }),
  );
});
