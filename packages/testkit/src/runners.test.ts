import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

function program(name: string, path: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), path);
}

/** What runs one file under each runner, as arguments of Node. */
const runners: Readonly<Record<string, (file: string) => string[]>> = {
  vitest: (file) => [
    program('vitest', 'vitest.mjs'),
    'run',
    '--config=runners/vitest.config.mjs',
    `runners/${file}.mjs`,
  ],
  'node:test': (file) => ['--test', '--test-reporter=spec', `runners/${file}.mjs`],
  jest: (file) => [
    '--experimental-vm-modules',
    program('jest', 'bin/jest.js'),
    '--runInBand',
    '--verbose',
    '--no-cache',
    `--config=${JSON.stringify({ testMatch: [`**/runners/${file}.mjs`], testEnvironment: 'node', transform: {} })}`,
    `--rootDir=${root}`,
  ],
  mocha: (file) => [program('mocha', 'bin/mocha.js'), `runners/${file}.mjs`],
};

function run(runner: string, file: string): Promise<{ code: number; output: string }> {
  const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...rest } = process.env;
  const env = { ...rest, FORCE_COLOR: '0', NO_COLOR: '1' };
  return new Promise((resolve) => {
    const given = runners[runner]?.(file) ?? [];
    execFile(process.execPath, given, { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

describe.each(Object.keys(runners))('under %s', (runner) => {
  it('a right layer passes every check, each by its name', { timeout: 60_000 }, async () => {
    const { code, output } = await run(runner, 'right');
    expect(output).toMatch(/covariance/);
    expect(output).toMatch(/(23 pass|pass\w* 23|23 passing)/);
    expect(code, output).toBe(0);
  });

  it('a wrong layer fails, and the runner shows the check and its message', { timeout: 60_000 }, async () => {
    const { code, output } = await run(runner, 'wrong');
    expect(code).not.toBe(0);
    expect(output).toMatch(/mean/);
    expect(output).toMatch(/∂cgf\/∂input.*wanted/);
  });
});
