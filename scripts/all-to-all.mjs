// "All-to-all models are impossible to train": measured. Networks without hidden units and restricted machines, trained on
// the digits by the same program for the same number of epochs, judged by annealed importance sampling.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './pnpm.mjs';

const program = join(root, 'apps', 'cli', 'dist', 'rbm.js');
const rbm = (...args) =>
  execFileSync(process.execPath, [program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const training = '--data digits --epochs 100 --batch 50 --lr 0.05 --lr-end 0 --sample-sweeps 1 --seed 1'.split(' ');
const cases = [
  ['all-to-all, pseudo-likelihood', '--model hopfield --estimator pseudo-likelihood'],
  ['all-to-all, CD-1', '--model hopfield --estimator cd'],
  ['all-to-all, PCD-1', '--model hopfield --estimator pcd'],
  ['neighbours on a lattice, PCD-1', '--model ising --visible spin --estimator pcd'],
  ['RBM of 16 hidden units, PCD-1', '--hidden 16 --estimator pcd'],
  ['RBM of 32 hidden units, PCD-1', '--hidden 32 --estimator pcd'],
  ['RBM of 64 hidden units, PCD-1', '--hidden 64 --estimator pcd'],
  ['RBM of 256 hidden units, PCD-1', '--hidden 256 --estimator pcd'],
];

console.log('| model | parameters | training, s | test log-likelihood, nats | log Z ± | effective sample |');
console.log('|---|---|---|---|---|---|');
for (const [name, options] of cases) {
  const folder = mkdtempSync(join(tmpdir(), 'rbm-all-to-all-'));
  try {
    const out = join(folder, 'run');
    rbm('train', ...training, ...options.split(' '), '--out', out);
    const { seconds } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    const path = join(out, 'model.safetensors');
    const judged = JSON.parse(
      rbm('eval', path, '--data', 'digits', '--method', 'ais', '--ais-temperatures', '3000', '--json'),
    );
    const { parameters } = JSON.parse(rbm('info', path, '--json'));
    const count = Object.values(parameters).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const { logLikelihood, logPartition, baseline } = judged;
    if (name === cases[0][0])
      console.log(`| units that do not interact | 64 | – | ${baseline.mean.toFixed(2)} | – | – |`);
    console.log(
      `| ${name} | ${count} | ${seconds.toFixed(1)} | ${logLikelihood.mean.toFixed(2)} ± ${logLikelihood.standardError.toFixed(2)} | ` +
        `${logPartition.standardError.toFixed(3)} | ${logPartition.effectiveSampleSize.toFixed(0)} of 100 |`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
