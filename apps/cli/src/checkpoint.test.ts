import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingDescription } from '@rbm/core/contracts';
import { decodeSnapshot, encodeSnapshot } from '@rbm/formats';
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

const numbers = Float64Array.of(1, 2, 1 / 3);
const training: TrainingDescription = {
  model: { kind: 'rbm', layers: [], interactions: [], arrays: [{ name: 'weights', shape: [3] }], checksum: '' },
  data: { count: 2, width: 1, checksum: '' },
  optimizer: { kind: 'sgd', slots: ['velocity'], settings: {} },
  phases: [{ estimator: 'cd', settings: {}, goesOn: false, rate: 0.1, batch: 1, epochs: 9, average: false }],
  key: [1, 2],
  backend: 'wasm',
};
const at = (step: number): Checkpoint => ({
  settings: { lr: 0.1 },
  snapshot: {
    version: 1,
    step,
    seen: step,
    phase: { number: 0, step, seen: step },
    parameters: numbers,
    optimizer: { velocity: numbers },
    estimator: { steps: step },
    training,
  },
  epoch: step / 2,
  metrics: ['{"a":1}', '{"a":2}'],
  seconds: 1,
  started: 'today',
  fingerprint: { data: 'a', plugins: 'b', version: 'c' },
  changes: [{ at: 'today', step: 1, epoch: 0.5, options: { lr: [0.2, 0.1] } }],
});

describe('the file', () => {
  const bytes = encodeCheckpoint(at(7));
  const failure = (message: string): unknown =>
    expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringContaining(message) });

  it('is a snapshot with what else a run needs', () => {
    expect(decodeCheckpoint(bytes, 'x')).toEqual(at(7));
    expect(decodeCheckpoint(encodeCheckpoint({ ...at(7), metrics: [] }), 'x').metrics).toEqual([]);
    expect(decodeSnapshot(bytes, 'x').snapshot).toEqual(at(7).snapshot);
  });

  it('is refused as damaged for every byte in which a bit changes and every byte that is cut off', () => {
    for (let place = 0; place < bytes.length; place++) {
      const changed = Uint8Array.from(bytes);
      changed[place] = (changed[place] as number) ^ (1 << (place & 7));
      expect(() => decodeCheckpoint(changed, 'x')).toThrow(failure('damaged'));
      expect(() => decodeCheckpoint(bytes.subarray(0, place), 'x')).toThrow(failure('damaged'));
    }
  });

  it.each<[string, Record<string, string>]>([
    ['no record of a run', {}],
    ['a record that is no JSON', { run: '{' }],
    ['a record of another shape', { run: '{"settings":[]}' }],
    ['a history of another shape', { run: JSON.stringify({ ...at(7), snapshot: null, changes: [{}] }) }],
  ])('is refused with %s', (_, notes) => {
    expect(() => decodeCheckpoint(encodeSnapshot(at(7).snapshot, notes), 'x')).toThrow(failure('did not write'));
  });
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
    await rm(join(path, CHECKPOINT));
    await rm(join(path, PREVIOUS_CHECKPOINT));
    await writeFile(join(path, 'checkpoint.bin'), 'rbm checkpoint 2\n');
    await expect(read()).rejects.toThrow(/checkpoint\.bin is of an earlier version of rbm.*--again/);
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
