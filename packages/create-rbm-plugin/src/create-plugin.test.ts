import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from './node/kinds.js';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('../dist/create.js', import.meta.url));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST)/.test(name)));
const packageOf = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const vitest = join(packageOf('vitest'), 'vitest.mjs');
const compiler = join(packageOf('typescript-7'), 'bin/tsc');
const languages = ['ts', 'js'] as const;
let folder = '';

/** Runs Node. @returns What it prints; rejects with `code`, `stdout` and `stderr`. */
async function run(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, args, { cwd, env: environment });
  return stdout;
}

/** A folder that packages made in it import the toolkit from, as it is built. */
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'create-rbm-plugin-')));
  await mkdir(join(folder, 'node_modules/@rbm'), { recursive: true });
  for (const name of ['core', 'formats', 'testkit']) {
    const built = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    await symlink(built, join(folder, 'node_modules/@rbm', name), 'junction');
  }
  await symlink(packageOf('vitest'), join(folder, 'node_modules/vitest'), 'junction');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('packages of every kind', { timeout: 300_000 }, () => {
  const made = Object.keys(kinds).flatMap((kind) => languages.map((language) => ({ kind, language })));
  const nameOf = (kind: string, language: string): string => `rbm-${kind}-in-${language}`;

  beforeAll(async () => {
    for (const { kind, language } of made) {
      const name = nameOf(kind, language);
      const scoped = language === 'ts' ? `@acme/${name}` : name;
      const printed = await run(folder, program, scoped, '--kind', kind, ...(language === 'js' ? ['--js'] : []));
      expect(printed).toContain(`cd ${name}`);
    }
  });

  it('compile, strictly and without any', async () => {
    for (const kind of Object.keys(kinds)) {
      const project = join(folder, nameOf(kind, 'ts'));
      await run(project, compiler);
      await access(join(project, 'dist/index.js'));
      for (const file of ['index.ts', 'index.test.ts']) {
        const source = await readFile(join(project, 'src', file), 'utf8');
        expect(source).not.toMatch(/\bany\b|@ts-|\bas unknown\b/);
      }
    }
  });

  it('pass their tests', async () => {
    // The JavaScript is the same without types; of its suites `npm test` runs one.
    const all = process.env.RBM_ALL_TESTS ? '' : `${nameOf('sampler', 'js')}/`;
    const chosen = all ? ['in-ts/src/', all] : ['src/'];
    const report = JSON.parse(
      await run(folder, vitest, 'run', '--no-isolate', '--test-timeout=120000', '--reporter=json', ...chosen),
    );
    const suites = made.filter(({ kind, language }) => !all || language === 'ts' || kind === 'sampler');
    expect(report).toMatchObject({ success: true, numTotalTestSuites: expect.any(Number), numFailedTests: 0 });
    expect(report.testResults).toHaveLength(suites.length);
  });

  it.each(made)('say what they are: $kind in $language', async ({ kind, language }) => {
    const name = nameOf(kind, language);
    const project = join(folder, name);
    const source = join(project, 'src');
    const piece = `${language === 'ts' ? 'acme' : 'my'}/in-${language}`;
    expect((await readdir(source)).sort()).toEqual([`index.test.${language}`, `index.${language}`].sort());
    const readme = await readFile(join(project, 'README.md'), 'utf8');
    const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
    expect(manifest.name).toBe(language === 'ts' ? `@acme/${name}` : name);
    expect(readme).toMatch(new RegExp(`npx rbm train .*${piece}(:8)? --plugin ${manifest.name} `));
    expect(readme.includes('namespace `my`')).toBe(language === 'js');
    for (const file of await readdir(source)) {
      const text = await readFile(join(source, file), 'utf8');
      expect(text).not.toMatch(/__NAME__|__PACKAGE__/);
      if (language === 'js') await run(source, '--check', file);
      expect(text).toContain(piece);
      // What is imported is installed.
      for (const [, imported = ''] of text.matchAll(/from '((?:@[^/']+\/)?[^./'][^/']*)/g)) {
        expect({ ...manifest.devDependencies, ...manifest.peerDependencies }).toHaveProperty([imported]);
      }
    }
  });
});

it('prints its usage', async () => {
  const usage = await run(folder, program, '--help');
  for (const kind of Object.keys(kinds)) expect(usage).toMatch(new RegExp(`^  ${kind} +[A-Z]`, 'm'));
  expect(usage).toMatch(/--js.*\n.*--help/);
});

it('takes other words for a kind', async () => {
  expect(await run(folder, program, 'rbm-interaction-ring', '--kind', 'interaction')).toContain('my/ring');
});

it('overwrites nothing, and leaves nothing where its arguments are wrong', async () => {
  const empty = join(folder, 'empty');
  await mkdir(join(empty, 'taken'), { recursive: true });
  for (const [wrong, ...args] of [
    [/FILE_EXISTS/, 'taken'],
    [/FILE_EXISTS/, '@acme/taken'],
    [/expected sampler, layer, .*ARGUMENT_INVALID/, 'new', '--kind', 'sampelr'],
    [/ARGUMENT_INVALID/, 'new', '--kind', 'toString'],
    [/ARGUMENT_INVALID/, '../up'],
    [/ARGUMENT_INVALID/, '@acme'],
    [/ARGUMENT_INVALID/, 'Upper'],
    [/One name is required; given 0[\s\S]*Usage/],
    [/Unknown option '--kin'[\s\S]*Usage/, 'new', '--kin', 'layer'],
  ] as const) {
    await expect(run(empty, program, ...args)).rejects.toThrow(wrong);
  }
  expect(await readdir(empty)).toEqual(['taken']);
});
