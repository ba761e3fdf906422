import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSnapshot } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import { withPhaseOptions } from './phase-options.js';
import { inFolder, rbm } from './run.testing.js';
import { changeOptions, compareOptions, describeOptions } from './run-change.js';

const run = (folder: string, name: string): Promise<Record<string, unknown>> =>
  readFile(join(folder, name, 'run.json'), 'utf8').then((text) => JSON.parse(text));
const modelOf = (folder: string, name: string): Promise<Buffer> => readFile(join(folder, name, 'model.safetensors'));
const metricsOf = async (folder: string, name: string): Promise<Record<string, number>[]> =>
  (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

const training = ['train', '--data', 'bars-and-stripes:3', '--hidden', '3', '--batch', '7', '--sample-sweeps', '3'];

describe('a finished run', { timeout: 300_000 }, () => {
  it('is trained on to the bits of a longer one', () =>
    inFolder(async (folder) => {
      expect((await rbm([...training, '--epochs', '20', '--out', 'whole'], folder)).code).toBe(0);
      expect((await rbm([...training, '--epochs', '10', '--out', 'run'], folder)).code).toBe(0);
      const same = await rbm(['resume', 'run', '--epochs', '10', '--lr', '0.05'], folder);
      expect([same.code, same.stderr]).toEqual([0, expect.stringContaining('To train on: rbm resume run --epochs 20')]);
      const more = await rbm(['resume', 'run', '--epochs', '20'], folder);
      expect([more.code, more.stderr]).toEqual([0, expect.stringContaining('Changed: epochs 10 → 20.')]);
      expect(await modelOf(folder, 'run')).toEqual(await modelOf(folder, 'whole'));
      expect(await metricsOf(folder, 'run')).toEqual(await metricsOf(folder, 'whole'));
      expect(await run(folder, 'run')).toMatchObject({
        status: 'finished',
        epoch: 20,
        settings: { epochs: 20 },
        changes: [{ step: 20, epoch: 10, options: { epochs: [10, 20] } }],
      });
      expect(await run(folder, 'whole')).not.toHaveProperty('changes');
    }));

  it('takes other rates, batches, phases and backends, and keeps a record of them', () =>
    inFolder(async (folder) => {
      expect((await rbm([...training, '--epochs', '4', '--out', 'run'], folder)).code).toBe(0);
      const first = await rbm(
        [
          'resume',
          'run',
          '--epochs',
          '6',
          '--lr',
          '0.01',
          '--batch',
          '2',
          '--momentum',
          '0.5',
          '--backend',
          'reference',
        ],
        folder,
      );
      expect(first.code).toBe(0);
      for (const line of [
        'Changed: epochs 4 → 6.',
        'Changed: learning rate 0.05 → 0.01 (from the next update on).',
        'Changed: batch 7 → 2 (the order of the samples goes on where it was).',
        'Changed: momentum 0 → 0.5 (from the next update on).',
        'Changed: backend "wasm" → "reference" (the result is the same up to rounding, not to the last bit).',
      ])
        expect(first.stderr).toContain(line);
      // 8 steps of 7, then 28 samples in batches of 2.
      expect((await metricsOf(folder, 'run')).at(-1)).toMatchObject({ step: 8 + 14, epoch: 6, rate: 0.01 });
      const second = await rbm(['resume', 'run', '--phase', 'epochs=2,lr=0.02'], folder);
      expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('Changed: phase 2 none → {')]);
      const third = await rbm(['resume', 'run', '--epochs', '3', '--average'], folder);
      expect([third.code, third.stderr]).toEqual([0, expect.stringContaining('Changed: phase 2: epochs 2 → 3.')]);
      const { changes, settings, epoch } = await run(folder, 'run');
      expect(epoch).toBe(9);
      // The chains stay as many as they were.
      expect((changes as { options: object }[]).map(({ options }) => options)).toEqual([
        {
          epochs: [4, 6],
          lr: [0.05, 0.01],
          batch: [7, 2],
          momentum: [null, 0.5],
          backend: ['wasm', 'reference'],
          chains: [null, 7],
        },
        { phase: [[], ['epochs=2,lr=0.02']] },
        { phase: [['epochs=2,lr=0.02'], ['lr=0.02,epochs=3,average']] },
      ]);
      expect(settings).toMatchObject({ epochs: 6, phase: ['lr=0.02,epochs=3,average'], chains: 7 });
      const checkpoint = await readFile(join(folder, 'run/checkpoint.safetensors'));
      const { snapshot } = decodeSnapshot(checkpoint, 'checkpoint');
      expect(snapshot).toMatchObject({
        seen: 126,
        phase: { number: 1, seen: 42 },
        estimator: { chains: { chains: 7 } },
      });
      const again = await rbm(['train', '--again', 'run', '--out', 'again'], folder);
      expect(again.stderr).toMatch(/run was changed at epoch 4\.00: epochs 4 → 6, lr 0\.05 → 0\.01.*may be another/s);
      expect(await run(folder, 'again')).toMatchObject({
        settings: { epochs: 6 },
        command: expect.arrayContaining(['--again']),
      });
    }));

  it('is left as it was by what cannot change', () =>
    inFolder(async (folder) => {
      expect((await rbm([...training, '--epochs', '4', '--out', 'run'], folder)).code).toBe(0);
      const before = await readFile(join(folder, 'run/run.json'), 'utf8');
      for (const [args, code, message] of [
        [['--hidden', '5'], 2, /--hidden was 3 and cannot become 5/],
        [['--seed', '2', '--epochs', '9'], 2, /--seed was 1 and cannot become 2/],
        [['--estimator', 'cd'], 2, /--estimator was pcd and cannot become cd/],
        [['--epochs', '2'], 1, /to have 4 epochs and is to have 2, but 4\.000 are done/],
        [['--batch', '0'], 2, /--batch must be a positive/],
      ] as const) {
        const refused = await rbm(['resume', 'run', ...args], folder);
        expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(message)]);
      }
      const help = (await rbm(['resume', '--help'], folder)).stdout;
      expect(help).toContain('--epochs');
      expect(help).not.toContain('--hidden');
      expect(await readFile(join(folder, 'run/run.json'), 'utf8')).toBe(before);
    }));

  it('goes on with other data where that is accepted', () =>
    inFolder(async (folder) => {
      const rows = Array.from({ length: 40 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1].join(','));
      await writeFile(join(folder, 'data.csv'), `${rows.join('\n')}\n`);
      const args = ['train', '--data', 'data.csv', '--hidden', '2', '--batch', '10', '--epochs', '2', '--out', 'run'];
      expect((await rbm([...args, '--sample-sweeps', '1'], folder)).code).toBe(0);
      await writeFile(join(folder, 'data.csv'), `${[...rows, ...rows].join('\n')}\n`);
      const resumed = await rbm(['resume', 'run', '--epochs', '3', '--force', 'data'], folder);
      expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('trained on other data')]);
    }));
});

it('a batch larger than the data stays what it became', { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const args = ['train', '--data', 'bars-and-stripes:2', '--hidden', '2', '--sample-sweeps', '1', '--out', 'run'];
    expect((await rbm([...args, '--epochs', '2', '--batch', '100'], folder)).stderr).toMatch(/the batch is 6/);
    const more = await rbm(['resume', 'run', '--epochs', '4'], folder);
    expect([more.code, more.stderr.match(/^Changed.*/gm)]).toEqual([0, ['Changed: epochs 2 → 4.']]);
    expect(await run(folder, 'run')).toMatchObject({ step: 4, changes: [{ options: { epochs: [2, 4] } }] });
  }),
);

describe('options', () => {
  const before = {
    epochs: 4,
    lr: 0.1,
    batch: 10,
    phase: ['epochs=2,average', 'epochs=3'],
    backend: 'wasm',
    threads: 2,
  };
  const change = (given: Record<string, unknown>, at: { phase: number; chains?: number } = { phase: 0 }): object => {
    const now = changeOptions(before as never, given, { chains: undefined, ...at });
    return compareOptions(before, now);
  };
  it('are those of the phase at work', () => {
    expect(change({ epochs: 6 })).toEqual({ epochs: [4, 6] });
    expect(change({ epochs: 6, average: false }, { phase: 1 })).toEqual({
      phase: [before.phase, ['epochs=6', 'epochs=3']],
    });
    expect(change({ phase: ['epochs=1'] }, { phase: 2 })).toEqual({
      phase: [before.phase, [...before.phase, 'epochs=1']],
    });
    expect(before.phase).toHaveLength(2);
  });
  it('keep what goes with others', () => {
    expect(change({ backend: 'reference' })).toEqual({ backend: ['wasm', 'reference'], threads: [2, null] });
    expect(change({ batch: 5 }, { phase: 0, chains: 10 })).toEqual({ batch: [10, 5], chains: [null, 10] });
    expect(change({ batch: 5 })).toEqual({ batch: [10, 5] });
  });
  it('are described in a line', () => {
    expect(describeOptions({ lr: [0.1, 0.2], chains: [null, 3], backend: ['wasm', 'x'] })).toBe(
      'lr 0.1 → 0.2, chains null → 3, backend wasm → x',
    );
    expect(withPhaseOptions('average,lr=1,epochs=2', { lr: 2, average: true })).toBe('epochs=2,lr=2,average');
  });
});
