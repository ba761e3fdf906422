import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digits } from '@rbm/datasets';
import { decodeNpy, encodeNpy } from '@rbm/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFolder, rbm, rbmProcess } from './run.testing.js';

/** Seconds for one run of the program on a busy machine. */
const TIMEOUT = 60_000;

/** Interrupts once, when an epoch is told of. */
function atEpoch(epoch: number): (text: string, interrupt: () => void) => void {
  let sent = false;
  return (text, interrupt) => {
    if (sent || !text.includes(`epoch ${epoch} `)) return;
    sent = true;
    interrupt();
  };
}

const small = ['--data', 'digits', '--hidden', '8', '--epochs', '2', '--batch', '50', '--sample-sweeps', '20'];

/** The tensors of a safetensors file, read from the published format alone. */
function readTensors(bytes: Buffer): { tensors: Record<string, Float32Array>; metadata: Record<string, string> } {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const { __metadata__: metadata, ...entries } = header;
  const tensors: Record<string, Float32Array> = {};
  for (const [name, { dtype, data_offsets: offsets }] of Object.entries<{ dtype: string; data_offsets: number[] }>(
    entries,
  )) {
    // What the model was trained on.
    if (/^(training|baseline)\./.test(name)) continue;
    expect(dtype).toBe('F32');
    const [start, end] = offsets.map((offset) => 8 + headerLength + offset) as [number, number];
    tensors[name] = new Float32Array((end - start) / 4).map((_, i) => bytes.readFloatLE(start + 4 * i));
  }
  return { tensors, metadata };
}

/** log P(v) of each row from the formulas alone, summing over all hidden states. */
function bruteForce(tensors: Record<string, Float32Array>, data: ArrayLike<number>, count: number): number[] {
  const a = tensors['visible.bias'] as Float32Array;
  const b = tensors['hidden.bias'] as Float32Array;
  const w = tensors.weights as Float32Array;
  const [visible, hidden] = [a.length, b.length];
  const logZ = logSum(
    Array.from({ length: 2 ** hidden }, (_, state) => {
      const h = Array.from({ length: hidden }, (_, j) => (state >> j) & 1);
      let total = h.reduce<number>((sum, on, j) => sum + on * (b[j] as number), 0);
      for (let i = 0; i < visible; i++) {
        const z = h.reduce<number>((sum, on, j) => sum + on * (w[i * hidden + j] as number), a[i] as number);
        total += Math.log(1 + Math.exp(z));
      }
      return total;
    }),
  );
  return Array.from({ length: count }, (_, n) => {
    let minusF = 0;
    for (let i = 0; i < visible; i++) minusF += (a[i] as number) * (data[n * visible + i] as number);
    for (let j = 0; j < hidden; j++) {
      let z = b[j] as number;
      for (let i = 0; i < visible; i++) z += (data[n * visible + i] as number) * (w[i * hidden + j] as number);
      minusF += Math.log(1 + Math.exp(z));
    }
    return minusF - logZ;
  });
}

function logSum(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

describe('rbm', () => {
  it('explains itself, and refuses what it does not know', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const help = await rbmProcess(['--help'], folder);
      expect(help.code).toBe(0);
      for (const command of ['train', 'eval', 'sample', 'info']) expect(help.stdout).toContain(command);
      expect((await rbm([], folder)).code).toBe(2);
      expect((await rbm(['dream'], folder)).code).toBe(2);
      const unknown = await rbm(['train', '--data', 'digits', '--out', 'x', '--hiden', '3'], folder);
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain('hiden');
      expect((await rbm(['train', '--out', 'x'], folder)).code).toBe(2);
      const name = await rbm(['train', '--data', 'cifar', '--out', 'x'], folder);
      expect(name.code).toBe(2);
      expect(name.stderr).toContain('cifar');
      expect((await rbm(['info', 'nothing.safetensors'], folder)).code).toBe(1);
      expect((await readdir(folder)).filter((entry) => entry !== 'x')).toEqual([]);
    }),
  );

  it('refuses numbers that make no sense before any work', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      for (const wrong of [
        ['--hidden', '0'],
        ['--hidden', '2.5'],
        ['--epochs', '-1'],
        ['--lr', 'fast'],
        ['--batch', '0'],
        ['--k', '0'],
        ['--momentum', '1'],
        ['--seed', '-3'],
      ]) {
        const run = await rbm(['train', '--data', 'digits', '--out', 'x', ...wrong], folder);
        expect([run.code, wrong]).toEqual([2, wrong]);
        expect(run.stderr).toContain(wrong[0]?.slice(2));
      }
    }),
  );
});

describe('a trained model', () => {
  let results: Promise<void> = Promise.resolve();
  let folder = '';
  let release: () => void = () => {};

  beforeAll(async () => {
    results = new Promise((resolve) => {
      release = resolve;
    });
    await new Promise<void>((ready, fail) => {
      inFolder(async (made) => {
        folder = made;
        const run = await rbm(['train', ...small, '--out', 'run'], made);
        expect(run.stderr).toContain('model.safetensors');
        expect(run.code).toBe(0);
        ready();
        await results;
      }).catch(fail);
    });
  }, TIMEOUT);

  afterAll(() => release());

  it('comes with metrics, pictures and every setting', async () => {
    const metrics = (await readFile(join(folder, 'run/metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(metrics).toHaveLength(2);
    for (const key of [
      'step',
      'epoch',
      'rate',
      'reconstructionError',
      'pseudoLogLikelihood',
      'freeEnergyTrain',
      'freeEnergyHeldOut',
      'logLikelihoodHeldOut',
    ]) {
      expect(metrics[1][key], key).toBeTypeOf('number');
    }
    const run = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
    expect(run.status).toBe('finished');
    expect(run.settings).toMatchObject({
      data: 'digits',
      hidden: 8,
      estimator: 'pcd',
      k: 1,
      epochs: 2,
      batch: 50,
      lr: 0.05,
      seed: 1,
    });
    expect(run.versions.node).toBe(process.versions.node);
    for (const picture of ['samples.png', 'filters.png']) {
      const bytes = await readFile(join(folder, 'run', picture));
      expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
      expect(bytes.readUInt32BE(16)).toBeGreaterThan(100);
    }
  });

  it('has the exact likelihood that its file says, to 1e-8 nats a sample', { timeout: TIMEOUT }, async () => {
    const run = await rbm(
      ['eval', 'run/model.safetensors', '--data', 'digits', '--per-sample', 'each.npy', '--json'],
      folder,
    );
    expect(run.code).toBe(0);
    const evaluation = JSON.parse(run.stdout);
    expect(evaluation.logPartition).toMatchObject({ method: 'exact', standardError: 0, effectiveSampleSize: null });
    const { test } = digits();
    const { tensors, metadata } = readTensors(await readFile(join(folder, 'run/model.safetensors')));
    expect(metadata).toMatchObject({ model: 'rbm', image: '[8,8]' });
    const expected = bruteForce(tensors, test?.values ?? [], test?.count ?? 0);
    const each = decodeNpy(await readFile(join(folder, 'each.npy')), 'each.npy').data;
    expect(each).toHaveLength(expected.length);
    expected.forEach((log, n) => {
      expect(Math.abs(log - Number(each[n]))).toBeLessThan(1e-8);
    });
    const mean = expected.reduce((sum, x) => sum + x, 0) / expected.length;
    expect(evaluation.logLikelihood.mean).toBeCloseTo(mean, 8);
    expect(evaluation.logLikelihood.mean).toBeGreaterThan(evaluation.baseline.mean);
    for (const key of ['baseline', 'freeEnergy']) expect(evaluation[key].samples).toBe(expected.length);
    expect(evaluation.reconstructionError).toBeGreaterThan(0);
  });

  it('has an estimate by annealing that agrees with the exact value', { timeout: TIMEOUT }, async () => {
    const args = ['eval', 'run/model.safetensors', '--data', 'digits', '--json'];
    const exact = JSON.parse((await rbm(args, folder)).stdout).logPartition;
    const estimate = JSON.parse(
      (await rbm([...args, '--method', 'ais', '--ais-temperatures', '300'], folder)).stdout,
    ).logPartition;
    expect(estimate.method).toBe('ais');
    expect(estimate.effectiveSampleSize).toBeGreaterThan(50);
    expect(Math.abs(estimate.value - exact.value)).toBeLessThan(5 * estimate.standardError);
  });

  it('is described by info', { timeout: TIMEOUT }, async () => {
    const info = JSON.parse((await rbm(['info', 'run/model.safetensors', '--json'], folder)).stdout);
    expect(info.parameters).toEqual({ 'visible.bias': [64], 'hidden.bias': [8], weights: [64, 8] });
    expect(info.image).toEqual([8, 8]);
    expect(info.preparation.binarisation).toBe('threshold');
    expect((await rbm(['info', 'run/model.safetensors'], folder)).stdout).toContain('bernoulli');
  });

  it('gives samples as pictures, NPY and CSV, the same for the same seed', { timeout: TIMEOUT }, async () => {
    const args = ['sample', 'run/model.safetensors', '--count', '7', '--burn-in', '20', '--out'];
    expect((await rbm([...args, 'a.png'], folder)).code).toBe(0);
    expect((await rbm([...args, 'a.npy'], folder)).code).toBe(0);
    expect((await rbm([...args, 'a.csv'], folder)).code).toBe(0);
    expect((await rbm([...args, 'a.gif'], folder)).code).toBe(2);
    const { shape, data } = decodeNpy(await readFile(join(folder, 'a.npy')), 'a.npy');
    expect(shape).toEqual([7, 64]);
    expect(new Set(Array.from(data, Number))).toEqual(new Set([0, 1]));
    const csv = (await readFile(join(folder, 'a.csv'), 'utf8')).trim().split(/[\n,]/).map(Number);
    expect(csv).toEqual(Array.from(data, Number));
  });

  it('is not overwritten without being asked', { timeout: TIMEOUT }, async () => {
    const before = await readFile(join(folder, 'run/model.safetensors'));
    const run = await rbm(['train', ...small, '--out', 'run'], folder);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('--force');
    expect(await readFile(join(folder, 'run/model.safetensors'))).toEqual(before);
  });

  it('comes out the same for the same seed', { timeout: TIMEOUT }, async () => {
    // In another process, too.
    expect((await rbmProcess(['train', ...small, '--out', 'again'], folder)).code).toBe(0);
    expect(await readFile(join(folder, 'again/model.safetensors'))).toEqual(
      await readFile(join(folder, 'run/model.safetensors')),
    );
  });

  it('is refused when the data are others', { timeout: TIMEOUT }, async () => {
    const run = await rbm(['eval', 'run/model.safetensors', '--data', 'bars-and-stripes:4'], folder);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('data have 16 columns, the model has 64 visible units.');
  });
});

describe('other data', () => {
  it('may be a CSV or NPY file', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const rows = Array.from({ length: 40 }, (_, n) => [n & 1, (n >> 1) & 1, n & 1, (n >> 2) & 1]);
      await writeFile(join(folder, 'bits.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
      const data = Uint8Array.from(rows.flat());
      await writeFile(join(folder, 'bits.npy'), encodeNpy({ shape: [40, 4], data }));
      const settings = [
        '--hidden',
        '3',
        '--epochs',
        '5',
        '--batch',
        '10',
        '--sample-sweeps',
        '5',
        '--test-fraction',
        '0.25',
      ];
      for (const kind of ['csv', 'npy']) {
        const run = await rbm(['train', '--data', `bits.${kind}`, ...settings, '--out', kind], folder);
        expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
      }
      const [csv, npy] = await Promise.all(
        ['csv', 'npy'].map((kind) => readFile(join(folder, kind, 'model.safetensors'))),
      );
      expect(readTensors(csv as Buffer).tensors).toEqual(readTensors(npy as Buffer).tensors);
      const evaluated = await rbm(
        ['eval', 'csv/model.safetensors', '--data', 'bits.csv', '--test-fraction', '0.25', '--json'],
        folder,
      );
      expect(JSON.parse(evaluated.stdout).logLikelihood.samples).toBe(10);
      await writeFile(join(folder, 'bad.csv'), '0,1\n1,x\n');
      const bad = await rbm(['train', '--data', 'bad.csv', '--out', 'bad'], folder);
      expect(bad.code).toBe(1);
      expect(bad.stderr).toMatch(/bad\.csv.*2/s);
      await writeFile(join(folder, 'grey.csv'), '0,7\n3,1\n');
      const grey = await rbm(['train', '--data', 'grey.csv', '--out', 'grey'], folder);
      expect(grey.code).toBe(1);
      expect(grey.stderr).toMatch(/binarise/i);
    }),
  );
});

describe('Ctrl-C', () => {
  it('saves what there is and exits with 130', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const args = ['train', '--data', 'digits', '--hidden', '16', '--epochs', '100000', '--out', 'run'];
      const run = await rbm(args, folder, atEpoch(2));
      expect(run.code).toBe(130);
      expect((await readdir(join(folder, 'run'))).sort()).toEqual([
        'checkpoint.safetensors',
        'filters.png',
        'metrics.jsonl',
        'model.safetensors',
        'run.json',
        'samples.png',
      ]);
      expect(JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8')).status).toBe('interrupted');
      expect((await rbm(['info', 'run/model.safetensors'], folder)).code).toBe(0);
    }),
  );

  /** The lines of metrics.jsonl, but for what the clock said. */
  async function metricsOf(folder: string): Promise<unknown[]> {
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
  }

  it('goes on later, to the same bits', { timeout: 120_000 }, () =>
    inFolder(async (folder) => {
      const args = ['train', '--data', 'digits', '--hidden', '16', '--epochs', '30', '--momentum', '0.5', '--centre'];
      expect((await rbm([...args, '--out', 'whole'], folder)).code).toBe(0);
      const first = await rbm([...args, '--out', 'parts'], folder, atEpoch(3));
      expect(first.code).toBe(130);
      expect(first.stderr).toContain('To go on: rbm resume parts');
      const second = await rbm(['resume', 'parts', '--threads', '1'], folder, atEpoch(10));
      expect(second.code).toBe(130);
      const third = await rbm(['resume', 'parts'], folder);
      expect(third.code).toBe(0);
      const [whole, parts] = ['whole', 'parts'].map((name) => join(folder, name)) as [string, string];
      expect(await readFile(join(parts, 'model.safetensors'))).toEqual(
        await readFile(join(whole, 'model.safetensors')),
      );
      expect(await metricsOf(parts)).toEqual(await metricsOf(whole));
      expect(await readdir(parts)).not.toContain('checkpoint.previous.safetensors');
      expect(JSON.parse(await readFile(join(parts, 'run.json'), 'utf8'))).toMatchObject({ status: 'finished' });
      const again = await rbm(['resume', 'parts'], folder);
      expect(again.code).toBe(0);
      expect(again.stderr).toMatch(/is finished\. To train on: rbm resume parts --epochs/);
    }),
  );

  it('goes on from a checkpoint only', () =>
    inFolder(async (folder) => {
      for (const bytes of ['not a checkpoint', Buffer.from([0xff, 0x0f, 0x6f])]) {
        await writeFile(join(folder, 'checkpoint.safetensors'), bytes);
        const run = await rbm(['resume', '.'], folder);
        expect(run.code).toBe(1);
        expect(run.stderr).toContain('FILE_INVALID');
      }
      expect((await rbm(['resume'], folder)).code).toBe(2);
      expect((await rbm(['resume', '.', '--out', 'x'], folder)).code).toBe(2);
    }));
});
