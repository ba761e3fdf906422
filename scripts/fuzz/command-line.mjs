import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../pnpm.mjs';
import { readers } from './readers.mjs';

const lines = [
  ['info', 'm.safetensors', '--json'],
  ['eval', 'm.safetensors', '--data', 'd.csv', '--split', 'train', '--method', 'exact', '--seed', '1'],
  ['sample', 'm.safetensors', '--count', '3', '--burn-in', '2', '--temperature', '1', '--out', 'x.csv'],
  [
    'train',
    '--data',
    'd.csv',
    '--hidden',
    '2',
    '--epochs',
    '1',
    '--batch',
    '2',
    '--lr',
    '0.1',
    '--k',
    '1',
    '--sample-sweeps',
    '1',
    '--out',
    'run',
    '--force',
  ],
  ['recall', 'm.safetensors', '--data', 'd.csv', '--flip', '0.1', '--out', 'x.npy'],
  ['plugins', '--json'],
];
const values = [
  '',
  ' ',
  '-1',
  '0',
  '1e-400',
  '0x10',
  'NaN',
  'none',
  'x:y:z',
  '../',
  '\u001b[2J',
  '=',
  '--',
  '--json',
  '__proto__',
  'potts:0:1',
];

/** Runs the program with mangled options in a folder of its own. @returns what is wrong, or undefined */
export function fuzzCommandLine(random) {
  const folder = mkdtempSync(join(tmpdir(), 'rbm-fuzz-'));
  try {
    writeFileSync(join(folder, 'm.safetensors'), readers.model.corpus[0]);
    writeFileSync(join(folder, 'd.csv'), '0,1,0,1,0,1\n1,0,1,0,1,0\n1,1,0,0,1,1\n0,0,1,1,0,0\n');
    const args = [...random.pick(lines)];
    for (let n = random.below(3) + 1; n > 0; n--) {
      const place = 1 + random.below(args.length);
      const kind = random.below(4);
      if (kind === 0) args.splice(place, 1);
      else if (kind === 1) args[place] = random.pick(values);
      else if (kind === 2) args.splice(place, 0, random.pick(values));
      else args.push(...args.slice(place, place + 2));
    }
    const given = args.filter((arg) => arg !== undefined);
    const { status, stderr, stdout, signal } = spawnSync(
      process.execPath,
      [join(root, 'apps/cli/dist/rbm.js'), ...given],
      {
        cwd: folder,
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    const text = stdout + stderr;
    const command = JSON.stringify(given);
    if (signal !== null || ![0, 1, 2].includes(status)) return `${command} ended with ${signal ?? status}`;
    if (text.includes('unexpected error') || text.includes('    at ')) return `${command}: ${text.slice(0, 300)}`;
    if (text.includes('\u001b')) return `${command} printed a control character`;
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
