import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { run, runPnpm } from './run.ts';
import { exampleNames, publishedPackages, root } from './workspace.ts';

/** Where the packed packages are: a project of a stranger, outside the workspace. */
export interface Packed {
  /** Tarball of each published package by its name. */
  tarballs: Record<string, string>;
  /** A folder in which npm installed all of them, and the plugins of `examples/`, copies of which are in its own `examples/`. */
  npm: string;
  /** A folder in which pnpm did. */
  pnpm: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed;
  }
}

/** Packs every published package into a folder, as a publish would. */
export async function packAll(folder: string): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const filters = publishedPackages.flatMap(({ manifest }) => ['--filter', manifest.name]);
  await runPnpm(['-r', ...filters, 'pack', '--pack-destination', folder], { cwd: root });
  const files = await readdir(folder);
  return Object.fromEntries(
    publishedPackages.map(({ manifest: { name, version } }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
      if (!files.includes(file)) throw new Error(`${name} was not packed as ${file}; there is ${files.join(', ')}.`);
      return [name, join(folder, file)];
    }),
  );
}

async function stranger(folder: string, manifest: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module', ...manifest }),
  );
}

async function installWithNpm(folder: string, packages: Record<string, string>): Promise<void> {
  const copies = exampleNames.map((name) => join(folder, 'examples', name));
  for (const [n, copy] of copies.entries()) {
    await cp(join(root, 'examples', exampleNames[n] as string), copy, { recursive: true });
  }
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder, ...copies], { cwd: folder });
  const examples = (JSON.parse(packed.stdout) as { name: string; filename: string }[]).map(
    ({ name, filename }) => [name, `file:${join(folder, filename)}`] as const,
  );
  await stranger(folder, { dependencies: { ...packages, ...Object.fromEntries(examples) } });
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder });
}

async function installWithPnpm(folder: string, dependencies: Record<string, string>): Promise<void> {
  // A tarball satisfies no range for pnpm: what the packages ask of each other is sent to the tarballs too.
  await stranger(folder, { dependencies, pnpm: { overrides: dependencies } });
  await runPnpm(['install', '--prefer-offline', '--ignore-workspace'], { cwd: folder });
}

/** Packs and installs once, for all tests; removes everything afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rbm-packed-')));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const tarballs = await packAll(join(folder, 'tarballs'));
    const dependencies = Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]));
    const packed = { tarballs, npm: join(folder, 'npm'), pnpm: join(folder, 'pnpm') };
    await Promise.all([installWithNpm(packed.npm, dependencies), installWithPnpm(packed.pnpm, dependencies)]);
    project.provide('packed', packed);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
