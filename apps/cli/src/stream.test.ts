import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeModel, encodeNpy } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import { hashValues, RunningHash } from './content-hash.js';
import { inFolder, rbm } from './run.testing.js';

const COUNT = 1200;
const bit = (n: number): number => (((n * 2654435761) >>> 13) ^ (n >>> 3)) & 1;
/** Enough rows that a block is not all of them would need gigabytes: here one window holds them, so that both ways must agree. */
const bits = Uint8Array.from({ length: 12 * COUNT }, (_, n) => bit(n));
const training = ['train', '--hidden', '3', '--batch', '100', '--sample-sweeps', '3', '--seed', '5'];

const metricsOf = async (folder: string, name: string): Promise<Record<string, number>[]> =>
  (await readFile(join(folder, name, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));
const modelOf = async (folder: string, name: string) =>
  decodeModel(await readFile(join(folder, name, 'model.safetensors')), name);

describe('rbm train --stream', { timeout: 300_000 }, () => {
  it('trains to the bits of a training in memory, and records the same content', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'big.npy'), encodeNpy({ shape: [COUNT, 3, 4], data: bits }));
      const args = [...training, '--data', 'big.npy', '--epochs', '3'];
      const streamed = await rbm([...args, '--stream', '--out', 'streamed'], folder);
      expect([streamed.code, streamed.stderr]).toEqual([
        0,
        expect.stringContaining('Reading big.npy once, to check it.'),
      ]);
      expect((await rbm([...args, '--out', 'memory'], folder)).code).toBe(0);
      const [a, b] = [await modelOf(folder, 'streamed'), await modelOf(folder, 'memory')];
      expect(a.model.parameters).toEqual(b.model.parameters);
      expect(a.details.image).toEqual([3, 4]);
      expect(await metricsOf(folder, 'streamed')).toEqual(await metricsOf(folder, 'memory'));
      const { data } = JSON.parse(await readFile(join(folder, 'streamed', 'run.json'), 'utf8'));
      const { data: inMemory } = JSON.parse(await readFile(join(folder, 'memory', 'run.json'), 'utf8'));
      expect(data).toMatchObject({ train: COUNT, rows: COUNT, sha256: inMemory.sha256, duplicates: null });
    }));

  it('is resumed to the bits of a longer training, and refuses another content', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'big.npy');
      const grey = bits.map((x, n) => (x === 1 ? 200 + (n % 50) : n % 100));
      await writeFile(path, encodeNpy({ shape: [COUNT, 12], data: grey }));
      const args = [...training, '--data', 'big.npy', '--stream', '--threshold', '127'];
      expect((await rbm([...args, '--epochs', '4', '--out', 'whole'], folder)).code).toBe(0);
      expect((await rbm([...args, '--epochs', '2', '--out', 'run'], folder)).code).toBe(0);
      const more = await rbm(['resume', 'run', '--epochs', '4'], folder);
      expect([more.code, more.stderr]).toEqual([0, expect.stringContaining('Changed: epochs 2 → 4.')]);
      expect((await modelOf(folder, 'run')).model.parameters).toEqual(
        (await modelOf(folder, 'whole')).model.parameters,
      );
      expect((await modelOf(folder, 'run')).details.preparation).toEqual({
        binarisation: 'threshold',
        threshold: 127,
        maximum: 1,
      });
      expect(await metricsOf(folder, 'run')).toEqual(await metricsOf(folder, 'whole'));
      grey[700] = (grey[700] as number) ^ 128;
      await writeFile(path, encodeNpy({ shape: [COUNT, 12], data: grey }));
      const changed = await rbm(['resume', 'run', '--epochs', '5'], folder);
      expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('the data have another content')]);
      await truncate(path, 128 + 700);
      const cut = await rbm(['resume', 'run', '--epochs', '5'], folder);
      expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining('bytes of data')]);
      expect((await modelOf(folder, 'run')).model.parameters).toEqual(
        (await modelOf(folder, 'whole')).model.parameters,
      );
    }));

  it('refuses what needs all values in memory', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'x.npy'), encodeNpy({ shape: [COUNT, 12], data: bits }));
      await writeFile(join(folder, 'x.csv'), '0,1\n1,0\n');
      for (const [more, message] of [
        [['--data', 'x.csv'], '--stream reads .npy and IDX files'],
        [['--data', 'x.npy', '--limit', '5'], '--limit does not go with --stream'],
        [['--data', 'x.npy', '--visible', 'spin'], '--stream is for --visible bernoulli'],
        [['--data', 'x.npy', '--visible', 'gaussian'], 'need --standardise none'],
        [['--data', 'x.npy', '--binarise', 'threshold'], 'needs --threshold'],
        [['--data', 'x.npy', '--binarise', 'stochastic'], 'does not go with --stream'],
      ] as const) {
        const run = await rbm(['train', ...more, '--stream', '--out', 'run'], folder);
        expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)]);
      }
      await writeFile(join(folder, 'x.npy'), encodeNpy({ shape: [COUNT, 12], data: bits.fill(7, 50, 51) }));
      const bad = await rbm(['train', '--data', 'x.npy', '--stream', '--out', 'run'], folder);
      expect([bad.code, bad.stderr]).toEqual([1, expect.stringMatching(/Sample 4 .* 7 at position 2/)]);
    }));
});

it('a hash of parts is that of the whole', () => {
  const whole = (values: Uint8Array | Float32Array): string => hashValues([{ values, count: 6, width: 2 }]);
  for (const values of [
    Uint8Array.of(...bits.subarray(0, 12)),
    Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0.5),
  ]) {
    const hash = new RunningHash(6, 2, values instanceof Uint8Array);
    for (let first = 0; first < 12; first += 4) hash.add(values.subarray(first, first + 4));
    expect(hash.digest()).toBe(whole(values));
  }
  const hash = new RunningHash(6, 2, false);
  hash.add(Float32Array.from(bits.subarray(0, 12)));
  expect(hash.digest()).toBe(whole(bits.subarray(0, 12)));
});
