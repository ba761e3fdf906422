// Kills trainings at random moments and finishes them: `npm run kills -- --count 100 --seed 1`. Each must come to the same
// bits as one that was left alone. The moments follow from the seed; a few kills in a row may hit one training. The exit code
// is 1 if a result differs, a checkpoint is lost, a run cannot be finished, or something is left over.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomOf } from './fuzz/random.mjs';
import { root } from './pnpm.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    program: { type: 'string', default: join(root, 'apps/cli/dist/rbm.js') },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  throw new Error(`--count ${values.count} --seed ${values.seed}: expected whole numbers.`);
}

const results = ['filters.png', 'metrics.jsonl', 'model.safetensors', 'run.json', 'samples.png'];
const checkpoints = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'];
/** The last checkpoint stays, so that a finished run can be trained on. */
const files = ['checkpoint.safetensors', ...results];
const sizes = ['--data', 'bars-and-stripes:3', '--hidden', '4', '--epochs', '40', '--batch', '7', '--momentum', '0.5'];
const ends = [
  '--phase',
  'epochs=5,lr=0.01,average',
  '--sample-sweeps',
  '20',
  '--checkpoint-every',
  '0.05',
  '--out',
  'run',
];
const training = ['train', ...sizes, ...ends];
/** SIGKILL is what a full memory or a power cut does; the others save a checkpoint first, and may be followed by it. */
const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'];

/** Runs the program, and sends a signal after some milliseconds, then SIGKILL where a second one is given. */
function run(args, cwd, moments = []) {
  const child = spawn(process.execPath, [values.program, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  let sent = 0;
  const timers = moments.map(([signal, at]) =>
    setTimeout(() => {
      if (child.exitCode === null && child.signalCode === null && child.kill(signal)) sent++;
    }, at),
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code, stderr, sent });
    });
  });
}

/** What a finished training leaves, but for what the clock said. */
function resultsOf(folder) {
  const hash = createHash('sha256');
  for (const name of results) {
    const bytes = readFileSync(join(folder, name));
    if (name === 'run.json') {
      const { status, step, epoch } = JSON.parse(bytes);
      hash.update(JSON.stringify([status, step, epoch]));
    } else if (name === 'metrics.jsonl') {
      const lines = bytes.toString().trim().split('\n');
      for (const line of lines) hash.update(JSON.stringify({ ...JSON.parse(line), seconds: 0 }));
    } else {
      hash.update(bytes);
    }
  }
  return hash.digest('hex');
}

function namesIn(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

const totals = { kills: 0, runs: 0, differing: 0, lost: 0, unfinished: 0, leftovers: 0 };
const faults = [];
function fault(kind, what) {
  totals[kind]++;
  faults.push(what);
  console.error(what);
}

const folder = mkdtempSync(join(tmpdir(), 'rbm-kills-'));
try {
  const began = performance.now();
  const whole = await run(training, folder);
  if (whole.code !== 0) throw new Error(whole.stderr);
  const length = performance.now() - began;
  const expected = resultsOf(join(folder, 'run'));
  rmSync(join(folder, 'run'), { recursive: true });
  while (totals.kills < count) {
    const index = totals.runs++;
    const random = randomOf(seed, index);
    const where = `seed ${seed}, run ${index}`;
    const cwd = mkdtempSync(join(folder, 'case-'));
    const out = join(cwd, 'run');
    let next = training;
    let saved = false;
    for (let again = random.below(3); again >= 0; again--) {
      const signal = signals[random.below(signals.length)];
      const at = (random.below(1000) / 1000) * length * 1.1;
      const second = signal !== 'SIGKILL' && random.below(2) === 0 ? [['SIGKILL', at + random.below(300)]] : [];
      const killed = await run(next, cwd, [[signal, at], ...second]);
      totals.kills += killed.sent;
      const names = namesIn(out);
      const hasCheckpoint = names.some((name) => checkpoints.includes(name));
      const finished =
        names.includes('run.json') && JSON.parse(readFileSync(join(out, 'run.json'))).status === 'finished';
      if (saved && !hasCheckpoint && !finished) fault('lost', `${where}: a checkpoint is gone; left are ${names}.`);
      saved = hasCheckpoint;
      if (killed.code !== null && killed.code !== 0 && killed.code !== 130) {
        fault('unfinished', `${where}: ${next[0]} ended with ${killed.code}: ${killed.stderr.slice(-300)}`);
      }
      next = names.includes('run.json') ? ['resume', 'run'] : training;
      if (finished) break;
    }
    const status = namesIn(out).includes('run.json') && JSON.parse(readFileSync(join(out, 'run.json'))).status;
    if (status !== 'finished' || namesIn(out).some((name) => !files.includes(name))) {
      const last = await run(next, cwd);
      if (last.code !== 0) {
        fault('unfinished', `${where}: ${next[0]} ended with ${last.code}: ${last.stderr.slice(-300)}`);
      } else if (saved && status !== 'finished' && !last.stderr.includes('Done')) {
        fault('lost', `${where}: resume did not train on: ${last.stderr.slice(-300)}`);
      }
    }
    const names = [...namesIn(out), ...namesIn(cwd).filter((name) => name !== 'run')];
    if (names.join() !== files.join()) fault('leftovers', `${where}: left are ${names}.`);
    else if (resultsOf(out) !== expected) fault('differing', `${where}: the results differ.`);
    rmSync(cwd, { recursive: true });
    if (totals.runs % 20 === 0) console.error(`${totals.kills} kills, ${faults.length} faults`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { kills, runs, differing, lost, unfinished, leftovers } = totals;
console.log(
  `Seed ${seed}: ${kills} kills of ${runs} trainings: ${differing} differing results, ${lost} lost checkpoints, ` +
    `${unfinished} runs that could not be finished, ${leftovers} leftovers.`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
