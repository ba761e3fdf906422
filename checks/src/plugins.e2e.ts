import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { run } from './run.ts';
import { exampleNames } from './workspace.ts';

// What takes too long for every `npm test`: each example's tests as its author runs them, and each kind of package that
// `npm create rbm-plugin` makes, as its README says.

const { npm, tarballs } = inject('packed');

it.each(exampleNames)('%s passes its tests', { timeout: 600_000 }, async (name) => {
  const { stdout } = await run('npm', ['test'], { cwd: join(npm, 'examples', name), timeout: 600_000 });
  expect(stdout).toMatch(/^# fail 0$/m);
});

describe('npm create rbm-plugin', { timeout: 600_000 }, () => {
  const folder = join(npm, 'created');
  const languages = ['ts', 'js'] as const;
  const kinds = ['sampler', 'layer', 'model', 'estimator', 'optimizer', 'monitor', 'dataset', 'backend'];
  const made = kinds.flatMap((kind) => languages.map((language) => ({ kind, language })));
  const nameOf = ({ kind, language }: (typeof made)[number]): string => `rbm-${kind}-in-${language}`;

  /** All packages are members of one project, so that what they need is installed once. */
  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    const program = join(npm, 'node_modules/create-rbm-plugin/dist/create.js');
    for (const each of made) {
      const scope = each.language === 'ts' ? '@acme/' : '';
      const options = ['--kind', each.kind, ...(each.language === 'js' ? ['--js'] : [])];
      await run(process.execPath, [program, `${scope}${nameOf(each)}`, ...options], { cwd: folder });
    }
    const dependencies = Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]));
    const workspaces = made.map(nameOf);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, workspaces, dependencies }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, timeout: 600_000 });
  }, 600_000);

  it.each(made)('makes a $kind in $language that passes, builds, and is used by the command line', async (each) => {
    const cwd = join(folder, nameOf(each));
    const readme = await readFile(join(cwd, 'README.md'), 'utf8');
    const [, block = ''] = /```sh\n(.*?)```/s.exec(readme) ?? [];
    const [install, ...lines] = block.trim().split('\n');
    expect([install, lines.length]).toEqual(['npm install', 3]);
    for (const line of lines) {
      const [command = '', ...args] = line.split(' ');
      await run(command, args, { cwd, timeout: 600_000 });
    }
    expect(await readdir(join(cwd, 'run'))).toContain('model.safetensors');
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd });
    const packed = (JSON.parse(stdout) as { files: { path: string }[] }[])[0]?.files.map(({ path }) => path).sort();
    const code = each.language === 'ts' ? ['dist/index.d.ts', 'dist/index.js'] : ['src/index.js'];
    expect(packed).toEqual(['README.md', ...code, 'package.json'].sort());
  });
});
