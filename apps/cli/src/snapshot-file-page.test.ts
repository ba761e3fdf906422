import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bernoulli, generator, rbm, reference } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/core/contracts';
import { decodeSafetensors, encodeSnapshot } from '@rbm/formats';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, train } from '@rbm/train';
import { describe, expect, it } from 'vitest';
import { inFolder } from './run.testing.js';

const page = readFileSync(new URL('../../../docs/snapshot-file.md', import.meta.url), 'utf8');
const python = /^```python\n(.*?)^```/ms.exec(page)?.[1] as string;

/** A Python that has NumPy: that of Debian's python3-numpy, or one in the path. */
const interpreter = ['/usr/bin/python3', 'python3', 'python'].find(
  (path) => spawnSync(path, ['-c', 'import numpy']).status === 0,
);

async function someSnapshot(): Promise<TrainingSnapshot> {
  const training = train({
    model: rbm({ visible: bernoulli(3), hidden: bernoulli(2), random: generator(2) }),
    data: { values: Uint8Array.of(0, 1, 1, 1, 0, 1), count: 2, width: 3 },
    backend: reference(),
    estimator: pcd({ sampler: gibbs(), chains: 4 }),
    optimizer: sgd({ momentum: 0.5 }),
    rate: 0.1,
    batch: 2,
    epochs: 20,
    average: true,
    every: 9,
    random: generator(1),
  });
  for await (const record of training) return record.snapshot();
  throw new Error('The training has no record.');
}

it('the page names everything that is written', async () => {
  const { tensors, metadata } = decodeSafetensors(encodeSnapshot(await someSnapshot(), { run: '' }), 'file');
  for (const key of Object.keys(metadata)) expect(page).toContain(`| \`${key}\``);
  const parts = ['parameters.', 'optimizer.velocity.', 'average.', 'estimator.extra.', 'chains.values.', 'notes.'];
  for (const name of Object.keys(tensors)) expect(parts.some((part) => name.startsWith(part))).toBe(true);
});

describe.skipIf(interpreter === undefined && process.env.CI !== 'true')('in Python', () => {
  it('the program checks the file and reads all arrays', () =>
    inFolder(async (folder) => {
      if (!interpreter) throw new Error('There is no Python with NumPy here. Install python3-numpy.');
      const snapshot = await someSnapshot();
      const bytes = encodeSnapshot(snapshot, { run: 'abc' });
      const path = join(folder, 'snapshot.safetensors');
      writeFileSync(path, bytes);
      const read = (): ReturnType<typeof spawnSync> =>
        spawnSync(interpreter, ['-', path], { input: python, encoding: 'utf8' });
      const { status, stdout, stderr } = read();
      expect([status, stderr]).toEqual([0, '']);
      const lines = String(stdout).trim().split('\n');
      expect(lines[0]).toBe('step 9');
      const sums = new Map(
        lines.slice(1).map((line) => {
          const [, name, shape, sum] = /^(\S+) \((.*)\) (\S+)$/.exec(line) as unknown as [
            string,
            string,
            string,
            string,
          ];
          return [name, [shape, Number(sum)]] as const;
        }),
      );
      const total = (numbers: Float64Array): number => numbers.reduce((sum, x) => sum + x, 0);
      const { tensors } = decodeSafetensors(bytes, path);
      expect([...sums.keys()]).toEqual(Object.keys(tensors).sort());
      expect(sums.get('parameters.weights')).toEqual(['3, 2', expect.closeTo(total(snapshot.parameters.slice(5)), 12)]);
      expect(sums.get('optimizer.velocity.visible.bias')).toEqual([
        '3,',
        expect.closeTo(total(snapshot.optimizer.velocity?.slice(0, 3) as Float64Array), 12),
      ]);
      expect(sums.get('chains.values.hidden')).toEqual([
        '4, 2',
        total(snapshot.estimator.chains?.values.hidden as Float64Array),
      ]);
      expect(sums.get('notes.run')).toEqual(['3,', 97 + 98 + 99]);
      bytes[bytes.length - 1] = 1 ^ (bytes.at(-1) as number);
      writeFileSync(path, bytes);
      expect(read()).toMatchObject({ status: 1, stderr: expect.stringContaining('the file is damaged') });
    }));
});
