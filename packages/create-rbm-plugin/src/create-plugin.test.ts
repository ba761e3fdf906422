import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('../dist/create.js', import.meta.url));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST)/.test(name)));
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'create-rbm-plugin-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, args, { cwd, env: environment });
  return stdout;
}

it.each(['sampler', 'layer', 'dataset', 'backend'])(
  'makes a %s whose tests pass',
  { timeout: 60_000 },
  async (kind) => {
    await mkdir(join(folder, 'node_modules/@rbm'), { recursive: true });
    for (const name of ['core', 'testkit']) {
      const built = fileURLToPath(new URL(`../../${name}`, import.meta.url));
      await symlink(built, join(folder, 'node_modules/@rbm', name), 'junction');
    }
    await run(folder, program, 'rbm-plugin-mine', '--kind', kind);
    expect(await run(join(folder, 'rbm-plugin-mine'), '--test', '--test-reporter=tap', 'test.js')).toMatch(
      /^# fail 0$/m,
    );
  },
);

it('overwrites nothing, and refuses what it does not know', async () => {
  await mkdir(join(folder, 'taken'));
  await expect(run(folder, program, 'taken')).rejects.toThrow(/FILE_EXISTS/);
  await expect(run(folder, program, 'new', '--kind', 'sampelr')).rejects.toThrow(/ARGUMENT_INVALID/);
  await expect(run(folder, program, '../up')).rejects.toThrow(/ARGUMENT_INVALID/);
  await expect(run(folder, program)).rejects.toThrow(/Usage/);
  expect(await readdir(folder)).toEqual(['taken']);
});
