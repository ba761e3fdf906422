import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CHECKPOINT,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  PREVIOUS_CHECKPOINT,
  readCheckpoint,
  saveCheckpoint,
} from './checkpoint.js';
import { checkFingerprint } from './fingerprint.js';
import { inFolder, rbm } from './run.testing.js';
import { RunFolder } from './run-folder.js';

const at = (step: number): Checkpoint => ({
  settings: { lr: 0.1 },
  snapshot: { step, parameters: Float64Array.of(1, 2, 3) } as never,
  epoch: step / 2,
  metrics: ['{}'],
  seconds: 1,
  started: 'today',
  fingerprint: { data: 'a', plugins: 'b', version: 'c' },
});

it('is refused as damaged for every bit that changes and every byte that is cut off', () => {
  const bytes = encodeCheckpoint(at(7));
  expect(decodeCheckpoint(bytes, 'x')).toEqual(at(7));
  const damaged = expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringContaining('damaged') });
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(() => decodeCheckpoint(changed, 'x')).toThrow(damaged);
  }
  for (let end = 0; end < bytes.length; end++)
    expect(() => decodeCheckpoint(bytes.subarray(0, end), 'x')).toThrow(damaged);
});

describe('in a folder', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'rbm-checkpoint-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('the one before is kept, and used with a note where the last one is damaged or missing', async () => {
    const folder = await RunFolder.open(path);
    const notes: string[] = [];
    const read = (): Promise<Checkpoint | undefined> => readCheckpoint(folder, (line) => notes.push(line));
    expect(await read()).toBeUndefined();
    for (const step of [1, 2, 3]) await saveCheckpoint(folder, at(step));
    expect([(await read())?.snapshot.step, notes]).toEqual([3, []]);
    await writeFile(join(path, CHECKPOINT), 'x');
    expect([(await read())?.snapshot.step, notes.at(-1)]).toEqual([2, expect.stringMatching(/damaged.*step 2/)]);
    await rm(join(path, CHECKPOINT));
    expect([(await read())?.snapshot.step, notes.length]).toEqual([2, 2]);
    await writeFile(join(path, CHECKPOINT), 'x');
    await writeFile(join(path, PREVIOUS_CHECKPOINT), 'y');
    await expect(read()).rejects.toMatchObject({ code: 'FILE_INVALID' });
    await folder.close();
  });
});

it('what differs is named, with the flag that accepts it', () => {
  const before = { data: 'a', plugins: 'b', version: '1' };
  const now = { data: 'x', plugins: 'b', version: '2' };
  expect(() => checkFingerprint(before, before, [], 'x.csv')).not.toThrow();
  expect(() => checkFingerprint(before, now, [], 'x.csv')).toThrow(
    expect.objectContaining({
      code: 'RUN_CHANGED',
      message: expect.stringMatching(/data.*version 1 and is 2.*--force data --force version/),
    }),
  );
  expect(() => checkFingerprint(before, now, ['data'], 'x.csv')).toThrow(/--force version/);
  expect(() => checkFingerprint(before, now, ['data', 'version'], 'x.csv')).not.toThrow();
});

it('resume refuses changed data and changed options of plugins, except by name', { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const rows = Array.from({ length: 200 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1].join(',')).join('\n');
    await writeFile(join(folder, 'data.csv'), `${rows}\n`);
    const args = [
      'train',
      '--data',
      'data.csv',
      '--hidden',
      '2',
      '--batch',
      '10',
      '--epochs',
      '100000',
      '--out',
      'run',
    ];
    let asked = false;
    const trained = await rbm([...args, '--sample-sweeps', '1'], folder, (text, interrupt) => {
      if (asked || !text.includes('epoch 2')) return;
      asked = true;
      interrupt();
    });
    expect(trained.code).toBe(130);
    for (const name of [CHECKPOINT]) await copyFile(join(folder, 'run', name), join(folder, name));
    await writeFile(join(folder, 'data.csv'), `${rows}\n1,1,1\n`);
    const changed = await rbm(['resume', 'run'], folder);
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringMatching(/--force data.*RUN_CHANGED/) });
    await writeFile(join(folder, 'data.csv'), `${rows}\n`);
    await writeFile(join(folder, 'rbm.config.json'), '{ "options": { "acme/x": { "a": 1 } } }');
    expect((await rbm(['resume', 'run', '--force', 'data'], folder)).stderr).toMatch(/--force plugins.*RUN_CHANGED/);
    expect((await rbm(['resume', 'run', '--force', 'everything'], folder)).code).toBe(2);
    expect(await readFile(join(folder, 'run', CHECKPOINT))).toEqual(await readFile(join(folder, CHECKPOINT)));
  }),
);
