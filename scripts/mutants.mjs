// Runs every fault that is seeded in the testkit through its suite: `npm run mutants`, or `npm run mutants -- --suite layer`. Prints how
// many each suite catches, the mutation score, and the survivors with the reason why they pass. The exit code is 1 below 97 %, when a
// fault is caught by other checks than the one named for it alone, and when one that is known to pass is caught.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { root } from './pnpm.mjs';

const GOAL = 0.97;

const { values } = parseArgs({ options: { suite: { type: 'string' } } });

// Where the packages that it imports are found.
const testkit = join(root, 'packages/testkit');
const folder = join(testkit, 'node_modules/.cache/mutants');
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: { faults: join(testkit, 'src/seeded-faults.ts') },
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  packages: 'external',
  logLevel: 'warning',
});
const { seededFaults } = await import(pathToFileURL(join(folder, 'faults.js')).href);
rmSync(folder, { recursive: true });

const suites = [...new Set(seededFaults.map(({ suite }) => suite))];
if (values.suite !== undefined && !suites.includes(values.suite)) {
  throw new Error(`--suite ${values.suite}: expected one of ${suites.join(', ')}.`);
}

/** Whether a check fails, as it should. */
async function fails({ run }) {
  try {
    await run();
    return false;
  } catch {
    return true;
  }
}

/** The first check that fails: the one named for the fault if there is one, else any. */
async function catcherOf({ caughtBy, checks }) {
  const all = checks();
  const named = all.filter(({ name }) => name === caughtBy);
  for (const check of [...named, ...all.filter(({ name }) => name !== caughtBy)]) {
    if (await fails(check)) return check.name;
  }
  return undefined;
}

const survivors = [];
const wrong = [];
let [all, killed] = [0, 0];
for (const suite of suites) {
  if (values.suite !== undefined && suite !== values.suite) continue;
  const faults = seededFaults.filter((fault) => fault.suite === suite);
  const started = process.cpuUsage().user;
  let caught = 0;
  for (const fault of faults) {
    const catcher = await catcherOf(fault);
    if (catcher === undefined) survivors.push(fault);
    else caught++;
    if (fault.caughtBy !== undefined && catcher !== fault.caughtBy) {
      wrong.push(`${suite}: ${fault.fault}: caught by ${catcher ?? 'nothing'}; expected "${fault.caughtBy}".`);
    }
    if (fault.passes !== undefined && catcher !== undefined) {
      wrong.push(
        `${suite}: ${fault.fault}: caught by "${catcher}"; expected it to pass. Move it to the faults that are caught.`,
      );
    }
  }
  const seconds = (process.cpuUsage().user - started) / 1e6;
  console.log(`${suite.padEnd(10)} ${String(caught).padStart(4)} of ${faults.length} caught, ${seconds.toFixed(0)} s`);
  all += faults.length;
  killed += caught;
}
const score = killed / all;
console.log(`\nMutation score: ${killed} of ${all}, ${(100 * score).toFixed(1)} % (goal: ${100 * GOAL} %).`);
if (survivors.length > 0) console.log('\nSurvivors:');
for (const { suite, fault, passes } of survivors) console.log(`- ${suite}: ${fault}. ${passes ?? 'Not explained.'}`);
for (const line of wrong) console.error(line);
if (score < GOAL || wrong.length > 0 || survivors.some(({ passes }) => passes === undefined)) process.exitCode = 1;
