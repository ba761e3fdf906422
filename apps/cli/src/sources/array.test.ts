import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ElementArray } from '@rbm/formats';
import { encodeNpy, encodeNpz } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import { load, loadNamed } from '../load.testing.js';
import { inFolder } from '../run.testing.js';

const npy = (shape: number[], data: ElementArray): Uint8Array => encodeNpy({ shape, data });

/** `[4, 3, 5]`: category `(n + i) mod 5` of unit i in row n. */
function oneHotArray(change: (data: Uint8Array) => void = () => {}): Uint8Array {
  const data = new Uint8Array(60);
  for (let n = 0; n < 4; n++) for (let i = 0; i < 3; i++) data[(n * 3 + i) * 5 + ((n + i) % 5)] = 1;
  change(data);
  return npy([4, 3, 5], data);
}

describe('three axes', () => {
  it('are one-hot where each slice along the last axis has one 1', async () => {
    const { dataset, visible, log } = await load('x.npy', oneHotArray(), { visible: 'potts' });
    expect(visible).toEqual({ kind: 'potts', size: 5 });
    expect([dataset.train.width, dataset.image]).toEqual([15, undefined]);
    const expected = new Uint8Array(60);
    for (let n = 0; n < 4; n++) for (let i = 0; i < 3; i++) expected[(n * 3 + i) * 5 + ((n + i) % 5)] = 1;
    expect(dataset.train.values).toEqual(expected);
    expect(log[0]).toMatch(/shape \[4, 3, 5\]: 3 one-hot units of 5 categories \(otherwise: --layout image\)\./);
    await expect(load('x.npy', oneHotArray(), { visible: 'potts:4' })).rejects.toThrow(/has 5 categories/);
  });

  it('that are one-hot are binary units without --visible potts, with a note', async () => {
    const { dataset, log } = await load('x.npy', oneHotArray());
    expect([dataset.train.width, dataset.image]).toEqual([15, undefined]);
    expect(log[0]).toMatch(/read as 15 units instead of 3 of 5 categories \(otherwise: --visible potts\)/);
  });

  it('are images where a single slice is not one-hot', async () => {
    for (const change of [(data: Uint8Array) => data.fill(1, 55, 57), (data: Uint8Array) => data.fill(0, 0, 5)]) {
      const { dataset, log } = await load('x.npy', oneHotArray(change));
      expect([dataset.train.width, dataset.image]).toEqual([15, [3, 5]]);
      expect(log[0]).toMatch(/images of 3 × 5 \(otherwise: --layout flat\)/);
    }
  });

  it('are what --layout says', async () => {
    const flat = await load('x.npy', oneHotArray(), { layout: 'flat' });
    expect([flat.dataset.image, flat.log.join()]).toEqual([undefined, expect.not.stringContaining('otherwise')]);
    const image = await load('x.npy', oneHotArray(), { layout: 'image' });
    expect([image.dataset.image, image.log]).toEqual([[3, 5], []]);
    const bad = oneHotArray((data) => data.fill(1, 40, 42));
    await expect(load('x.npy', bad, { layout: 'onehot', visible: 'potts' })).rejects.toThrow(
      /--layout onehot: .*row 2, unit 2 \(from 0\) is not one 1 and else 0/,
    );
    const matrix = npy([4, 2], new Uint8Array(8));
    await expect(load('x.npy', matrix, { layout: 'onehot' })).rejects.toThrow(/it has two axes/);
    await expect(load('x.npy', matrix, { layout: 'image' })).rejects.toThrow(/--layout image: .*Use --image/);
    expect((await load('x.npy', matrix, { layout: 'image', image: '2x1' })).dataset.image).toEqual([2, 1]);
  });
});

it('other axes: channels of length 1 are images, more are flat with a note', async () => {
  const images = await load('x.npy', npy([2, 1, 4, 3], new Uint8Array(24).fill(1)));
  expect(images.dataset.image).toEqual([4, 3]);
  const colour = await load('x.npy', npy([2, 4, 3, 3], new Uint8Array(72)));
  expect([colour.dataset.image, colour.dataset.train.width]).toEqual([undefined, 36]);
  expect(colour.log[0]).toMatch(/samples of 36 numbers without a shape \(otherwise: --image\)/);
  await expect(load('x.npy', npy([3], new Uint8Array(3)))).rejects.toThrow(/is no list of samples/);
  await expect(load('x.npy', npy([0, 3], new Uint8Array(0)))).rejects.toThrow(/is no list of samples/);
});

describe('categories counted from 1', () => {
  const ratings = [1, 5, 3, 2, 4, 1, 5, 5];

  it.each([
    ['x.npy', npy([4, 2], Float64Array.from(ratings))],
    ['x.csv', '1,5\n3,2\n4,1\n5,5\n'],
  ])('are q categories with a note: %s', async (name, content) => {
    const { dataset, visible, log } = await load(name, content, { visible: 'potts' });
    expect(visible).toEqual({ kind: 'potts', size: 5 });
    expect(dataset.train.width).toBe(10);
    expect(dataset.preparation.firstCategory).toBe(1);
    expect(log.join()).toMatch(/categories 1 to 5 are 5 categories, counted from 1 \(otherwise: --visible potts:6\)/);
    const reversed = await load(name, content, { visible: 'potts:6' });
    expect([reversed.dataset.train.width, reversed.dataset.preparation.firstCategory]).toEqual([12, undefined]);
    expect((await load(name, content, { visible: 'potts:5' })).dataset.train.width).toBe(10);
  });

  it('are not where 0 occurs, or another size is given', async () => {
    const { dataset, log } = await load('x.csv', '0,5\n3,2\n', { visible: 'potts' });
    expect([dataset.train.width, log]).toEqual([12, [expect.stringContaining('2 never occur (1, 4)')]]);
  });
});

it('missing values are counted, with their columns', async () => {
  const values = Float32Array.of(1, 2, Number.NaN, 4, 5, 6, 7, 8, Number.NaN, 10, 11, 12);
  const file = npy([4, 3], values);
  const real = { visible: 'gaussian', standardise: 'none' } as const;
  await expect(load('x.npy', file, real)).rejects.toThrow(
    /x\.npy: 2 of 12 values are missing \(columns 3\)\. Use --drop-incomplete or --columns\./,
  );
  const { dataset } = await load('x.npy', file, { ...real, 'drop-incomplete': true });
  expect(dataset.train.count).toBe(2);
  expect((await load('x.npy', file, { ...real, columns: '2,1' })).dataset.train).toMatchObject({ count: 4, width: 2 });
  expect((await load('x.npy', file, { ...real, drop: 'last' })).dataset.train.width).toBe(2);
  await expect(load('x.npy', file, { columns: '4' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
});

it('.npz: the only array, or the one that --key names', async () => {
  const x = { shape: [4, 2], data: Uint8Array.of(0, 1, 1, 0, 1, 1, 0, 0) };
  expect((await load('x.npz', encodeNpz({ x }))).dataset.train.count).toBe(4);
  const two = encodeNpz({ x, y: { shape: [4], data: new Uint8Array(4) } });
  await expect(load('x.npz', two)).rejects.toThrow(/x\.npz has the arrays x, y\. Choose one with --key\./);
  await expect(load('x.npz', two, { key: 'z' })).rejects.toThrow(/--key z: .*has the arrays x, y/);
  expect((await load('x.npz', two, { key: 'x' })).dataset.train.values).toEqual(x.data);
});

describe('IDX', () => {
  const idx = (shape: number[], data: number[]): Uint8Array =>
    Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...data);
  const images = idx([3, 2, 2], [0, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 255]);

  it.each(['emnist-letters-train-images-idx3-ubyte', 'x.idx', 'x.idx3-ubyte', 'x.idx3-ubyte.gz', 'unknown', 'x.bin'])(
    'is read without labels: %s',
    async (name) => {
      const { dataset, log } = await load(name, name.endsWith('.gz') ? gzipSync(images) : images, {
        binarise: 'threshold',
      });
      expect(dataset.image).toEqual([2, 2]);
      expect([...dataset.train.values]).toEqual([0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1]);
      expect([dataset.train.labels, log.length]).toEqual([undefined, 1]);
    },
  );

  it('has the labels of the file beside it', () =>
    inFolder(async (folder) => {
      const data = join(folder, 'emnist-train-images-idx3-ubyte.gz');
      const labels = join(folder, 'emnist-train-labels-idx1-ubyte');
      await writeFile(data, gzipSync(images));
      await writeFile(labels, idx([3], [7, 8, 9]));
      const grey = { data, binarise: 'threshold' } as const;
      const { dataset, log } = await loadNamed(grey);
      expect(dataset.train.labels).toEqual(Uint8Array.of(7, 8, 9));
      expect(log.join()).toMatch(/labels are those of emnist-train-labels-idx1-ubyte \(otherwise: --label none\)/);
      expect((await loadNamed({ ...grey, label: 'none' })).dataset.train.labels).toBeUndefined();
      expect((await loadNamed({ ...grey, label: labels })).dataset.train.labels).toHaveLength(3);
      await writeFile(labels, idx([2], [7, 8]));
      await expect(loadNamed(grey)).rejects.toThrow(/has 2 labels, .* has 3 samples/);
      await expect(loadNamed({ ...grey, data: labels })).rejects.toThrow(/is no list of samples/);
    }));
});

it('files of every kind may be gzipped, and are known by their content where the name says nothing', async () => {
  const files: [string, string | Uint8Array][] = [
    ['x.csv', '0,1\n1,1\n'],
    ['x.npy', npy([2, 2], Uint8Array.of(0, 1, 1, 1))],
    ['x.npz', encodeNpz({ x: { shape: [2, 2], data: Uint8Array.of(0, 1, 1, 1) } })],
    ['x.fasta', '>a\nAC\n>b\nCC\n'],
  ];
  for (const [name, content] of files) {
    const { train } = (await load(name, content)).dataset;
    expect((await load(`${name}.gz`, gzipSync(content))).dataset.train).toEqual(train);
    expect((await load('plain', content)).dataset.train).toEqual(train);
    expect((await load('packed', gzipSync(content))).dataset.train).toEqual(train);
  }
  await expect(load('x.npy.gz', gzipSync(new Uint8Array(2 ** 25)))).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
});
