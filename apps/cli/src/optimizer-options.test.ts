import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bernoulli, rbm as machine } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { type OptimizerArguments, planOptimizer } from './optimizer-options.js';
import type { Pieces } from './pieces.js';
import { inFolder, rbm } from './run.testing.js';

const model = machine({ visible: bernoulli(2), hidden: bernoulli(2) });
const data = { values: Uint8Array.of(1, 0), count: 1, width: 2 };
/** Of a project with one optimizer. */
const pieces = { optimizer: async () => ({ kind: 'acme/step' }) } as unknown as Pieces;
const optimizerOf = async (given: Partial<OptimizerArguments>): Promise<Optimizer> =>
  (await planOptimizer({ optimizer: 'sgd', centre: false, ...given }, pieces))(model, data);

describe('planOptimizer', () => {
  it.each<[Partial<OptimizerArguments>, Partial<Optimizer>]>([
    [{}, { kind: 'sgd', settings: { momentum: 0, nesterov: 0 } }],
    [{ momentum: 0.5, nesterov: true, l1: 0.1 }, { settings: { momentum: 0.5, nesterov: 1, l1: 0.1 } }],
    [
      { optimizer: 'rmsprop', beta: 0.5 },
      { kind: 'rmsprop', settings: { beta: 0.5, epsilon: 1e-8 } },
    ],
    [
      { optimizer: 'adam', beta1: 0.5, beta2: 0.75, epsilon: 0.1, clip: 2, 'clip-value': 1 },
      { kind: 'adam', settings: { beta1: 0.5, beta2: 0.75, epsilon: 0.1, clipNorm: 2, clipValue: 1 } },
    ],
    [
      { optimizer: 'adamw', 'weight-decay': 0.5, l2: 1, group: 2, centre: true },
      {
        kind: 'adamw',
        settings: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5, l2: 1, group: 2, centred: 1 },
      },
    ],
    [{ optimizer: 'acme/step' }, { kind: 'acme/step' }],
  ])('%o', async (given, expected) => {
    expect(await optimizerOf(given)).toMatchObject(expected);
  });

  it.each<[Partial<OptimizerArguments>, RegExp]>([
    [{ 'weight-decay': 0.1 }, /--weight-decay is for --optimizer adamw, not sgd.*--l2/],
    [{ optimizer: 'adam', momentum: 0.5 }, /--momentum is for --optimizer sgd, not adam/],
    [{ optimizer: 'rmsprop', beta1: 0.5 }, /--beta1 is for --optimizer adam, adamw, not rmsprop/],
    [{ beta: 0 }, /--beta is for --optimizer rmsprop, not sgd/],
    [{ optimizer: 'acme/step', l1: 0.1 }, /--l1 is for .*, not acme\/step.* in the config/],
    [{ optimizer: 'acme/step', centre: true }, /--centre is for .*, not acme\/step/],
    [{ nesterov: true }, /--nesterov needs --momentum/],
    [{ clip: 0 }, /--clip must be a positive number, not 0/],
    [{ group: -1 }, /--group must be/],
  ])('refuses %o', async (given, message) => {
    await expect(optimizerOf(given)).rejects.toThrow(message);
  });
});

describe('a training by Adam', { timeout: 300_000 }, () => {
  const training = ['train', '--data', 'bars-and-stripes:3', '--hidden', '3', '--batch', '7', '--sample-sweeps', '3'];
  const adam = ['--optimizer', 'adam', '--group', '0.01', '--clip', '2', '--centre'];
  const bytes = (folder: string, name: string): Promise<Buffer> => readFile(join(folder, name, 'model.safetensors'));

  it('goes on counting its steps, and keeps its options', () =>
    inFolder(async (folder) => {
      const [whole, run] = await Promise.all([
        rbm([...training, ...adam, '--epochs', '10', '--out', 'whole'], folder),
        rbm([...training, ...adam, '--epochs', '4', '--out', 'run'], folder),
      ]);
      expect([whole.code, run.code]).toEqual([0, 0]);
      expect((await rbm(['resume', 'run', '--epochs', '10'], folder)).code).toBe(0);
      expect(await bytes(folder, 'run')).toEqual(await bytes(folder, 'whole'));
      const { settings } = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
      expect(settings).toMatchObject({ optimizer: 'adam', lr: 0.001, group: 0.01, clip: 2, centre: true });
      const other = await rbm(['resume', 'run', '--optimizer', 'sgd'], folder);
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--optimizer was adam and cannot')]);
      const stray = await rbm(['resume', 'run', '--epochs', '11', '--momentum', '0.5'], folder);
      expect([stray.code, stray.stderr]).toEqual([2, expect.stringContaining('--momentum is for --optimizer sgd')]);
      const changed = await rbm(['resume', 'run', '--epochs', '11', '--group', '0.1', '--l1', '0.01'], folder);
      expect([changed.code, changed.stderr]).toEqual([
        0,
        expect.stringMatching(/group 0\.01 → 0\.1.*l1 none → 0\.01/s),
      ]);
    }));
});
