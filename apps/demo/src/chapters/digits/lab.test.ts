import { wasm } from '@rbm/backend-wasm';
import { type Dataset, RbmError, reference } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { digits } from '@rbm/datasets';
import { decodeModel } from '@rbm/formats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFiles } from './files.js';
import { Lab, type LabSettings, type Progress } from './lab.js';

const settings: LabSettings = { hidden: 12, estimator: 'pcd', k: 1, rate: 0.1, batch: 50, epochs: 6, seed: 1 };

let backend: Backend;
let data: Dataset;
beforeEach(async () => {
  backend = await wasm({ threads: 1 });
  data = digits();
});
afterEach(() => backend.close());

describe('the laboratory', () => {
  test('learns: held-out images become likelier than under independent pixels', async () => {
    const lab = new Lab(backend, data);
    const reports: Progress[] = [];
    expect(await lab.run({ ...settings, epochs: 30 }, (report) => reports.push(report))).toBe('finished');
    expect(reports.at(-1)).toMatchObject({ epoch: expect.closeTo(30, 0), pseudoLikelihood: expect.any(Number) });
    expect(reports.at(-1)?.filters).toHaveLength(12 * 64);
    const shares: number[] = [];
    const { logLikelihood, independent, error, partitionError } = await lab.judge((share) => shares.push(share));
    expect(logLikelihood - independent).toBeGreaterThan(2);
    expect(error).toBeLessThan(1);
    expect(partitionError).toBeLessThan(0.5);
    expect(shares.at(-1)).toBe(1);
    // Each is drawn.
    expect(shares.length).toBeLessThanOrEqual(100);
    expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
    expect(backend.memory().buffers).toBe(0);
  });

  test('goes on from a pause as if there had been none, bit for bit, on another backend of the kind too', async () => {
    const whole = new Lab(backend, data);
    await whole.run(settings, () => {});
    const parts = new Lab(backend, data);
    let reports = 0;
    const pauseAt = (n: number) => (): void => {
      if (++reports === n) parts.pause();
    };
    expect(await parts.run(settings, pauseAt(2))).toBe('paused');
    const other = await wasm({ threads: 2 });
    try {
      expect(parts.move(other)).toBe(backend);
      expect(await parts.run(settings, () => {})).toBe('finished');
      expect(parts.save()).toEqual(whole.save());
    } finally {
      await other.close();
    }
  });

  test('saves a model as the command line does, and goes on from one that was loaded', async () => {
    const lab = new Lab(backend, data);
    await lab.run(settings, () => {});
    const bytes = lab.save();
    const { model, details } = decodeModel(bytes, 'model');
    expect([model.kind, details.image]).toEqual(['rbm', [8, 8]]);
    const other = new Lab(backend, data);
    expect(other.load(bytes, 'model').hidden).toBe(12);
    expect(other.save()).toEqual(bytes);
    expect((await other.judge(() => {})).logLikelihood).toBe((await lab.judge(() => {})).logLikelihood);
    await other.run(settings, () => {});
    expect(other.save()).not.toEqual(bytes);
    expect(() => other.load(new Uint8Array(3), 'broken.safetensors')).toThrow(/broken\.safetensors/);
    const wide = {
      specVersion: 1 as const,
      name: 'wide',
      train: { values: new Uint8Array(9), count: 1, width: 9 },
      preparation: {},
    };
    const elsewhere = new Lab(backend, wide);
    expect(() => elsewhere.load(bytes, 'model')).toThrow(/64 pixels; those of wide have 9/);
  });

  test('finishes an image: what is known stays, the rest is probable', async () => {
    const lab = new Lab(backend, data);
    await lab.run({ ...settings, epochs: 30 }, () => {});
    const image = Uint8Array.from((data.test as { values: Uint8Array }).values.subarray(0, 64));
    const known = Uint8Array.from({ length: 64 }, (_, pixel) => Number(pixel < 32));
    const found = await lab.complete(known, image, 200);
    expect(Array.from(found.subarray(0, 32))).toEqual(Array.from(image.subarray(0, 32)));
    // The lower half is better guessed than by the mean of all images.
    const distance = (guess: (pixel: number) => number): number =>
      image.reduce((sum, x, pixel) => sum + (known[pixel] ? 0 : (x - guess(pixel)) ** 2), 0);
    const columnMean = (values: ArrayLike<number>, pixel: number): number => {
      let sum = 0;
      for (let at = pixel; at < values.length; at += 64) sum += values[at] as number;
      return (sum * 64) / values.length;
    };
    const [model, mean] = [found, data.train.values].map((values) => distance((pixel) => columnMean(values, pixel)));
    expect(model).toBeLessThan(mean as number);
  });

  test('dreams without a training, and waits where it must', async () => {
    const lab = new Lab(backend, data);
    await expect(lab.dream(4, 2)).rejects.toThrow(/no model yet/);
    const run = lab.run(settings, () => {});
    expect(() => lab.use(data)).toThrow(/pause the training first/);
    expect(await lab.dream(4, 2)).toHaveLength(4 * 64);
    lab.pause();
    expect(await run).toBe('paused');
    lab.use(data);
    await expect(lab.dream(4, 2)).rejects.toThrow(/no model yet/);
  });
});

describe('files of the visitor', () => {
  const file = (name: string, content: BlobPart, type = ''): File => new File([content], name, { type });

  test('may be CSV, compressed or not', async () => {
    const text = Array.from({ length: 30 }, (_, n) => `${n % 2},0,5,${n % 3}`).join('\n');
    const found = await readFiles([file('a.csv', text)]);
    expect([found.train.count, found.test?.count, found.image]).toEqual([27, 3, [2, 2]]);
    expect([...new Set(found.train.values)].sort()).toEqual([0, 1]);
    const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
    const again = await readFiles([file('a.csv.gz', await new Response(zipped).arrayBuffer())]);
    expect(again.train).toEqual(found.train);
  });

  test('may be IDX', async () => {
    const header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
    const found = await readFiles([
      file('t-images-idx3-ubyte', Uint8Array.from([...header, ...Array(6).fill(0), ...Array(6).fill(9)])),
    ]);
    expect([found.train.count, found.image, Array.from(found.train.values.subarray(6))]).toEqual([
      2,
      [2, 3],
      Array(6).fill(1),
    ]);
  });

  test.each([
    ['text', [file('a.doc', 'x')], /a\.doc is no image, \.csv/],
    ['a broken table', [file('a.csv', '1,2\n3')], /a\.csv/],
    ['no gzip', [file('a.csv.gz', '1,2')], /no gzip file/],
    ['two tables', [file('a.csv', '1'), file('b.csv', '1')], /Several files/],
    ['nothing', [], /No file/],
  ])('are refused: %s', async (_, files, message) => {
    await expect(readFiles(files)).rejects.toThrow(message);
    await expect(readFiles(files)).rejects.toSatisfy(RbmError.isInstance);
  });
});

test('grey levels are refused', () => {
  const lab = new Lab(reference(), { ...digits(), name: 'grey' });
  const grey = {
    specVersion: 1 as const,
    name: 'grey',
    train: { values: Float64Array.of(0.5), count: 1, width: 1 },
    preparation: {},
  };
  expect(() => lab.use(grey)).toThrow(/values other than 0 and 1/);
});
