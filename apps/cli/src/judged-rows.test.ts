import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bernoulli, enumerate, fitVisible, freeEnergy, generator, independent, type Samples } from '@rbm/core';
import { fromArray } from '@rbm/datasets';
import { decodeModel, encodeModel, encodeNpy } from '@rbm/formats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inFolder, type Run, rbm } from './run.testing.js';

// Each test runs the program several times, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const WIDTH = 16;
const random = generator(21);

/** Different rows with high probability: 2^16 are possible. */
function bits(count: number, draw: number): number[][] {
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: WIDTH }, (_, i) => random.bernoulli(0.3, n, i, draw, 0)),
  );
}

const csv = (rows: readonly (readonly number[])[]): string => `${rows.map((row) => row.join(',')).join('\n')}\n`;
const rows = bits(60, 0);
const { train, test } = fromArray({
  name: 'd',
  values: Float64Array.from(rows.flat()),
  count: 60,
  width: WIDTH,
  testFraction: 0.2,
  seed: 1,
}) as { train: Samples; test: Samples };
const settings = '--hidden 3 --epochs 2 --batch 16 --sample-sweeps 2'.split(' ');

/** Nats a sample under units with the rates of some rows. */
async function baselineOf(rates: Samples, judged: Samples): Promise<number> {
  const alone = independent(bernoulli(WIDTH));
  fitVisible(alone, rates);
  const { logPartition } = await enumerate(alone);
  const free = freeEnergy(alone, judged.values);
  return -free.reduce((sum, f) => sum + f, 0) / judged.count - logPartition;
}

describe('a model that keeps what it was trained on', () => {
  let folder = '';
  let trained: Run;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const judge = async (...options: string[]): Promise<Run> =>
    rbm(['eval', 'run/model.safetensors', ...options], folder);
  const json = async (...options: string[]) => JSON.parse((await judge('--json', ...options)).stdout);
  const modelFile = async () => decodeModel(await readFile(join(folder, 'run/model.safetensors')), 'model');

  beforeAll(
    () =>
      new Promise<void>((ready, fail) => {
        inFolder(async (made) => {
          folder = made;
          await writeFile(join(made, 'd.csv'), csv(rows));
          trained = await rbm(
            ['train', '--data', 'd.csv', '--test-fraction', '0.2', ...settings, '--out', 'run'],
            made,
          );
          ready();
          await released;
        }).catch(fail);
      }),
  );
  afterAll(() => release());

  it('judges the held-out rows of the same file, whatever its format', async () => {
    expect(trained.code).toBe(0);
    const { code, stdout } = await judge('--data', 'd.csv', '--per-sample', 'each.csv');
    expect([code, stdout]).toEqual([0, expect.stringContaining('d.csv: 12 held-out rows of 60')]);
    const each = (await readFile(join(folder, 'each.csv'), 'utf8')).trim().split('\n').map(Number);
    const { model } = await modelFile();
    const { logPartition } = await enumerate(model);
    const expected = Array.from(freeEnergy(model, test.values), (f) => -f - logPartition);
    expect(each).toHaveLength(12);
    each.forEach((log, n) => {
      expect(log).toBeCloseTo(expected[n] as number, 9);
    });
    await writeFile(join(folder, 'd.npy'), encodeNpy({ shape: [60, WIDTH], data: Uint8Array.from(rows.flat()) }));
    const array = await json('--data', 'd.npy', '--split', 'test');
    expect(array.rows).toEqual({ judged: 12, of: 60, relation: 'held out', trainedOn: 0, compared: 12 });
    expect(array.baselineFrom).toBe('training data');
    expect(array.baseline.mean).toBeCloseTo(await baselineOf(train, test), 9);
  });

  it('says that rows were trained on', async () => {
    const { stdout } = await judge('--data', 'd.csv', '--split', 'train');
    expect(stdout).toContain('d.csv: 48 rows of 60: these rows were trained on');
    const other = await judge('--data', 'd.csv', '--test-fraction', '0.5');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('with a test fraction of 0.2')]);
    expect((await judge('--data', 'd.csv', '--test-fraction', '0.2')).stdout).toContain('12 held-out rows of 60');
  });

  it('judges another file whole, by the rates of the training, and names the rows that were trained on', async () => {
    const others = bits(30, 1);
    for (const [at, from] of [
      [2, 0],
      [5, 1],
      [9, 2],
    ] as const)
      others[at] = Array.from(train.values.subarray(from * WIDTH, (from + 1) * WIDTH));
    await writeFile(join(folder, 'other.csv'), csv(others));
    const { stdout } = await judge('--data', 'other.csv');
    expect(stdout).toContain('other.csv: 30 rows; other data than those that the model was trained on (d.csv)');
    expect(stdout).toContain('3 of 30 rows were trained on: rows 2, 5, 9 (from 0)');
    const judged: Samples = { values: Float64Array.from(others.flat()), count: 30, width: WIDTH };
    const { baseline, logLikelihood, rows: counted } = await json('--data', 'other.csv');
    expect(counted).toEqual({ judged: 30, of: 30, relation: 'other data', trainedOn: 3, compared: 30 });
    expect(logLikelihood.samples).toBe(30);
    expect(baseline.mean).toBeCloseTo(await baselineOf(train, judged), 9);
    await writeFile(join(folder, 'new.csv'), csv(bits(20, 2)));
    expect((await judge('--data', 'new.csv')).stdout).toContain('none of 20 rows was trained on');
    const part = await json('--data', 'other.csv', '--test-fraction', '0.5');
    expect(part.rows).toMatchObject({ judged: 15, of: 30, relation: 'other data' });
  });

  it('without that record judges all rows, and says what is unknown', async () => {
    const { model, details } = await modelFile();
    const { training: _, baseline: __, ...old } = details;
    await writeFile(join(folder, 'old.safetensors'), encodeModel(model, old));
    const run = await rbm(['eval', 'old.safetensors', '--data', 'd.csv'], folder);
    expect(run.stdout).toContain('d.csv: 60 rows; whether the model was trained on them is unknown');
    expect(run.stdout).toContain('fitted to the judged rows: the file of the model keeps no rates');
    const asked = await rbm(['eval', 'old.safetensors', '--data', 'd.csv', '--split', 'test'], folder);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('does not say what it was trained on')]);
  });

  it('is described by info and run.json', async () => {
    const { stdout } = await rbm(['info', 'run/model.safetensors'], folder);
    const { details } = await modelFile();
    expect(stdout).toContain(`d.csv: 48 rows of 60, SHA-256 ${details.training?.sha256}`);
    const { data } = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
    expect(data).toMatchObject({ rows: 60, train: 48, test: 12, sha256: details.training?.sha256 });
    expect(data.preparation).toMatchObject({ testFraction: 0.2, splitSeed: 1 });
    expect(data.duplicates).toEqual({ heldOutInTraining: 0, repeatedInTraining: 0 });
  });
});

it('equal rows on both sides of a split are reported when a model is trained', () =>
  inFolder(async (folder) => {
    // Every row three times.
    await writeFile(join(folder, 'd.csv'), csv([...rows, ...rows, ...rows]));
    const run = await rbm(['train', '--data', 'd.csv', '--test-fraction', '0.2', ...settings, '--out', 'run'], folder);
    const { data } = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
    const { heldOutInTraining, repeatedInTraining } = data.duplicates;
    expect(heldOutInTraining).toBeGreaterThan(30);
    expect(repeatedInTraining).toBeGreaterThan(80);
    expect(run.stderr).toContain(`${heldOutInTraining} of 36 held-out rows also occur among the 144 training rows`);
    const { stdout } = await rbm(['eval', 'run/model.safetensors', '--data', 'd.csv'], folder);
    expect(stdout).toContain(`${heldOutInTraining} of 36 held-out rows were trained on`);
  }));

it('without held-out rows, only training rows can be judged', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'd.csv'), csv(rows));
    await rbm(['train', '--data', 'd.csv', ...settings, '--out', 'run'], folder);
    const judge = (...options: string[]) =>
      rbm(['eval', 'run/model.safetensors', '--data', 'd.csv', ...options], folder);
    expect((await judge()).stdout).toContain('d.csv: 60 rows: these rows were trained on');
    const asked = await judge('--split', 'test');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('no row was held out')]);
  }));

it('data sets with a name have their own test part', () =>
  inFolder(async (folder) => {
    const judge = async (name: string, ...options: string[]) =>
      (await rbm(['eval', `${name}/model.safetensors`, ...options], folder)).stdout;
    const digits = ['--data', 'digits'];
    await rbm(
      ['train', ...digits, '--hidden', '4', '--epochs', '1', '--sample-sweeps', '2', '--out', 'digits'],
      folder,
    );
    expect(await judge('digits', ...digits)).toContain('digits: 300 held-out rows of 1797');
    expect(await judge('digits', ...digits, '--split', 'train')).toContain(
      '1497 rows of 1797: these rows were trained on',
    );
    // Other draws of the same images.
    const drawn = await judge('digits', ...digits, '--binarise', 'stochastic');
    expect(drawn).toContain('300 rows of 1797 (the test part); other data');
    expect(drawn).toContain('rows drawn at random cannot be compared');
    const bars = ['--data', 'bars-and-stripes:3'];
    await rbm(['train', ...bars, '--hidden', '3', '--epochs', '1', '--sample-sweeps', '2', '--out', 'bars'], folder);
    expect(await judge('bars', ...bars)).toContain('14 rows: these rows were trained on');
  }));
