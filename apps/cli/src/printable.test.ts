import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bernoulli, createModel } from '@rbm/core';
import { encodeModel } from '@rbm/formats';
import { expect, it } from 'vitest';
import { oneLine, printable } from './printable.js';
import { inFolder, rbm } from './run.testing.js';

it('escapes what commands a terminal, and leaves text, lines and tabs', () => {
  expect(printable('\u001b[2J\u009b1m\u0007a\rb\u202ec')).toBe('\\u001b[2J\\u009b1m\\u0007a\\u000db\\u202ec');
  expect(printable('Größe λ 🙂\t1\n2 × 3')).toBe('Größe λ 🙂\t1\n2 × 3');
  expect(JSON.parse(printable(JSON.stringify('\u009b\u001b')))).toBe('\u009b\u001b');
});

it('names from a file stay within their line', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    expect(oneLine('a\nb\tc\u001b')).toBe('a\\nb\\tc\\u001b');
    const name = 'x\nverdict      trusted';
    const layers = [{ name, layer: bernoulli(2), visible: true }];
    const model = createModel({ kind: 'acme/x', layers, interactions: [], blocks: [[0]] });
    const training = { name, sha256: '0'.repeat(64), rows: 1, heldOut: 0, distinctRows: 1 };
    await writeFile(join(folder, 'm.safetensors'), encodeModel(model, { preparation: { [name]: name }, training }));
    await writeFile(join(folder, 'd.csv'), '"a","b"\n"x\nverdict","0"\n"y","1"\n');
    for (const args of [
      ['info', 'm.safetensors'],
      ['data', 'info', 'd.csv'],
      ['data', 'preview', 'd.csv'],
    ]) {
      const { code, stdout } = await rbm(args, folder);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/x\\nverdict/)]);
      expect(stdout).not.toMatch(/^\s*verdict/m);
    }
  }),
);

it('names from a file reach no terminal raw, errors included', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const name = '\u001b]0;title\u0007\u009b31m';
    const model = createModel({
      kind: 'acme/\u001b[31m',
      layers: [{ name, layer: bernoulli(2), visible: true }],
      interactions: [],
      blocks: [[0]],
    });
    await writeFile(join(folder, 'm.safetensors'), encodeModel(model, { preparation: { [name]: name } }));
    await writeFile(join(folder, 'd.csv'), `1,\u001b[2J\u009b\n`);
    await writeFile(join(folder, 'd.fasta'), `>\u001b[2J\u009b\nAC\n>x\nA\n`);
    for (const args of [
      ['info', 'm.safetensors'],
      ['info', 'm.safetensors', '--json'],
      ['eval', 'm.safetensors', '--data', 'd.csv'],
      ['train', '--data', 'd.csv', '--out', 'run'],
      ['train', '--data', 'd.fasta', '--out', 'run'],
      ['info', '\u001b[31mnone\u009b'],
      ['train', '--\u001b[31m'],
    ]) {
      const { stdout, stderr } = await rbm(args, folder);
      expect(['\u001b', '\u0007', '\u009b'].filter((c) => (stdout + stderr).includes(c))).toEqual([]);
      expect((stdout + stderr).length).toBeGreaterThan(10);
    }
    expect((await rbm(['info', 'm.safetensors'], folder)).stdout).toContain('\\u001b]0;title');
  }),
);

it('an option at the end without its value is wrong usage', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const run = await rbm(['train', '--data', 'digits', '--out', 'run', '--hidden'], folder);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('hidden') });
    expect(run.stderr).not.toContain('unexpected');
  }),
);
