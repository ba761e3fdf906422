// Installs, then runs every check and every test. The last line is `N passed, N failed`, summed over all packages.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

/** The first in turn, then two rows side by side: the fuzzing takes one core, and has a time of its own. */
const [first, ...sideBySide] = [
  [
    { name: 'lint', command: ['exec', 'biome', 'check', '--error-on-warnings'] },
    { name: 'build', command: ['exec', 'turbo', 'run', 'build', '--continue=dependencies-successful'] },
  ],
  [
    { name: 'typecheck', command: ['exec', 'turbo', 'run', 'typecheck', '--continue=dependencies-successful'] },
    { name: 'search for unused code and dependencies', command: ['run', 'unused'] },
    { name: 'reference of public names', command: ['run', 'reference', '--emit', 'none'] },
  ],
  [{ name: 'fuzzing of readers and options', command: ['exec', 'node', 'scripts/fuzz.mjs', '--minutes', '1'] }],
];
// One package after the other: each of them already uses all cores.
const testCommand = ['exec', 'turbo', 'run', 'test', '--concurrency=1', '--continue=dependencies-successful'];

/** Whether a folder is a package with tests: an app may have none. */
function hasTests(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).scripts?.test !== undefined;
}

/** Every folder with tests: packages, and the checks that hold for all of them. */
function packageFolders() {
  const packages = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, group, entry.name)),
  );
  return [...packages, join(root, 'checks')].filter(hasTests);
}

const reportFile = (folder) => join(folder, '.reports', 'vitest.json');

/** Counts of one package's report; a test file that could not be loaded counts as one failure. */
function readReport(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const unloadable = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runTests() {
  const folders = packageFolders();
  for (const folder of folders) rmSync(reportFile(folder), { force: true });
  const code = await runPnpm(...testCommand);

  const total = { passed: 0, failed: 0, skipped: 0 };
  const problems = [];
  for (const folder of folders) {
    try {
      const counts = readReport(reportFile(folder));
      for (const key of Object.keys(total)) total[key] += counts[key];
    } catch (error) {
      problems.push(`No test report from ${relative(root, folder)}: ${error.message}`);
    }
  }
  if (total.passed + total.failed === 0) problems.push('No test ran.');
  if (code !== 0 && total.failed === 0 && problems.length === 0) problems.push('The test run failed outside any test.');
  if (process.env.CI && total.skipped > 0) {
    problems.push(...Array(total.skipped).fill('A test was skipped, which CI does not allow.'));
    total.skipped = 0;
  }
  return { ...total, problems };
}

async function main() {
  if ((await runPnpm('install', '--frozen-lockfile')) !== 0) {
    return { passed: 0, failed: 1, skipped: 0, problems: ['The install failed.'] };
  }
  const failedChecks = [];
  const runChecks = async (checks) => {
    for (const { name, command } of checks) {
      console.log(`\n> ${name}`);
      if ((await runPnpm(...command)) !== 0) failedChecks.push(`The ${name} failed.`);
    }
  };
  await runChecks(first);
  await Promise.all(sideBySide.map(runChecks));
  console.log('\n> test');
  const tests = await runTests();
  const problems = [...failedChecks, ...tests.problems];
  return {
    passed: [first, ...sideBySide].flat().length - failedChecks.length + tests.passed,
    failed: tests.failed + problems.length,
    skipped: tests.skipped,
    problems,
  };
}

const { passed, failed, skipped, problems } = await main();
console.log();
for (const problem of problems) console.log(problem);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
