import { encodeNpy } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import { load, loadNamed } from './load.testing.js';

const rows = Array.from({ length: 40 }, (_, n) => [n & 1, (n >> 1) & 1, (n >> 2) & 1, (n >> 3) & 1]);
const files: [name: string, content: string | Uint8Array][] = [
  ['bits.csv', `${rows.map((row) => row.join(',')).join('\n')}\n`],
  ['bits.npy', encodeNpy({ shape: [40, 4], data: Uint8Array.from(rows.flat()) })],
  ['letters.fasta', rows.map((row, n) => `>s${n}\n${row.map((x) => 'AC'[x]).join('')}\n`).join('')],
];

describe('--limit and --test-fraction', () => {
  it.each(files)('apply to %s', async (name, content) => {
    const all = (await load(name, content)).dataset;
    const { dataset } = await load(name, content, { limit: 20, 'test-fraction': 0.25 });
    expect([dataset.train.count, dataset.test?.count]).toEqual([15, 5]);
    expect(dataset.preparation).toMatchObject({ testFraction: 0.25, splitSeed: 1 });
    const first = (await load(name, content, { limit: 3 })).dataset;
    expect(first.train.values).toEqual(all.train.values.slice(0, 3 * all.train.width));
    await expect(load(name, content, { limit: 41 })).rejects.toThrow(/--limit 41: .* has 40 samples/);
  });

  it.each([
    ['digits', 1497, 300],
    ['bars-and-stripes:4', 30, 30],
  ])('apply to %s', async (data, count, testCount) => {
    const all = (await loadNamed({ data })).dataset;
    expect([all.train.count, all.test?.count]).toEqual([count, testCount]);
    const limited = (await loadNamed({ data, limit: 20 })).dataset;
    expect([limited.train.count, limited.test?.count]).toEqual([20, testCount]);
    const { dataset, log } = await loadNamed({ data, limit: 20, 'test-fraction': 0.25 });
    expect([dataset.train.count, dataset.test?.count]).toEqual([15, 5]);
    expect(dataset.image).toEqual(all.image);
    expect(dataset.preparation).toMatchObject({ ...all.preparation, testFraction: 0.25, splitSeed: 1 });
    expect(log).toEqual(
      data === 'digits' ? ['digits: --test-fraction takes the place of its 300 test samples, which are not used.'] : [],
    );
    await expect(loadNamed({ data, limit: count + 1 })).rejects.toThrow(`has ${count} samples`);
  });
});

it('options of other sources are refused', async () => {
  await expect(loadNamed({ data: 'digits', header: 'yes' })).rejects.toThrow(/--header is for a table; digits is/);
  await expect(loadNamed({ data: 'bars-and-stripes', threshold: 3 })).rejects.toThrow(/--threshold is for/);
  await expect(load('x.csv', '0,1\n', { 'data-folder': 'x' })).rejects.toThrow(/--data-folder is for mnist/);
  await expect(load('x.fasta', '>a\nAC\n', { image: '1x2' })).rejects.toThrow(/--image is for/);
  await expect(loadNamed({ data: 'nowhere.bin' })).rejects.toThrow(/no data set of that name/);
});

it('--ambiguous missing is an error that says how to go on, or leaves sequences out', async () => {
  const text = '>a\nACX\n>b\nA-C\n>c\nXXC\n';
  await expect(load('x.fasta', text, { ambiguous: 'missing' })).rejects.toThrow(
    /x\.fasta: 3 of 9 values are missing \(columns 1, 2, 3\)\. Use --drop-incomplete or --ambiguous gap\./,
  );
  const { dataset } = await load('x.fasta', text, { ambiguous: 'missing', 'drop-incomplete': true });
  expect([dataset.train.count, dataset.train.width]).toEqual([1, 63]);
});
