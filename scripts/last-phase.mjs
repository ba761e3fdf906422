// What a last phase that averages the parameters gains or loses on small data, whose likelihoods are exact: the same training of
// N epochs, as it is and with its last third at a constant rate, averaged.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generator } from '../packages/core/dist/index.js';
import { root } from './pnpm.mjs';

const program = join(root, 'apps', 'cli', 'dist', 'rbm.js');
const rbm = (...args) =>
  execFileSync(process.execPath, [program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const folder = mkdtempSync(join(tmpdir(), 'rbm-last-phase-'));
const random = generator(7);
const uniform = (row, unit) => random.uniform(row, unit, 0, 0);
const ROWS = 2000;
const write = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const table = (name, width, value) =>
  write(
    name,
    Array.from({ length: ROWS }, (_, row) => row)
      .map((row) => rowOf(row, width, value).join(','))
      .join('\n'),
  );
const rowOf = (row, width, value) => {
  const units = [];
  for (let i = 0; i < width; i++) units.push(value(row, i, units));
  return units;
};

/** Two far clusters of weights 0.8 and 0.2: one half of the units is on with probability 0.95, the other with 0.05. */
const clusters = table('clusters.csv', 16, (row, i) => {
  const first = uniform(row, 99) < 0.8;
  return uniform(row, i) < (i < 8 === first ? 0.95 : 0.05) ? 1 : 0;
});
/** A chain of spins whose neighbours agree with probability 0.85. */
const spins = table('spins.csv', 16, (row, i, before) =>
  i === 0 ? (uniform(row, 0) < 0.5 ? 1 : -1) : before[i - 1] * (uniform(row, i) < 0.85 ? 1 : -1),
);
/** Sequences of 8 letters, each as the one before with probability 0.6. */
const letters = 'ACGT';
const alignment = write(
  'alignment.fasta',
  Array.from({ length: ROWS }, (_, row) => {
    const sites = rowOf(row, 8, (r, i, before) =>
      i > 0 && uniform(r, i) < 0.6 ? before[i - 1] : letters[Math.floor(4 * uniform(r, 50 + i))],
    );
    return `>s${row}\n${sites.join('')}\n`;
  }).join(''),
);

const held = ['--test-fraction', '0.25'];
// biome-ignore format: a line a data set
const cases = [
  ['digits', ['--data', 'digits', '--hidden', '12'], 60, 0.05],
  ['bars and stripes 4 × 4', ['--data', 'bars-and-stripes', '--hidden', '12', '--batch', '10'], 1500, 0.1],
  ['two clusters, 0.8 and 0.2', ['--data', clusters, '--hidden', '8', ...held], 60, 0.05],
  ['alignment of 8 sites', ['--data', alignment, '--alphabet', 'dna', '--hidden', '8', ...held], 60, 0.05],
  ['chain of 16 spins', ['--data', spins, '--visible', 'spin', '--hidden', 'spin:12', ...held], 60, 0.02],
];

try {
  console.log('| data | epochs | as it is, nats | s | last third averaged, nats | s |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, options, epochs, rate] of cases) {
    const columns = [];
    const last = epochs / 3;
    for (const plan of [
      ['--epochs', `${epochs}`, '--lr', `${rate}`, '--lr-end', '0'],
      [
        '--epochs',
        `${epochs - last}`,
        '--lr',
        `${rate}`,
        '--lr-end',
        `${rate / 5}`,
        '--phase',
        `epochs=${last},average`,
      ],
    ]) {
      const values = [];
      let seconds = 0;
      for (const seed of ['1', '2', '3']) {
        const out = join(folder, 'run');
        rbm('train', ...options, ...plan, '--seed', seed, '--sample-sweeps', '1', '--out', out, '--force');
        seconds += JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).seconds / 3;
        const model = join(out, 'model.safetensors');
        const judged = JSON.parse(rbm('eval', model, ...options.slice(0, 2), '--method', 'exact', '--json'));
        values.push(judged.logLikelihood.mean);
      }
      columns.push(values.map((value) => value.toFixed(3)).join(', '), seconds.toFixed(1));
    }
    console.log(`| ${name} | ${epochs} | ${columns.join(' | ')} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
