import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packages, publishedPackages, root } from './workspace.ts';

const own = new Map(packages.map((each) => [each.manifest.name, each]));
const ownNames = (dependencies: Record<string, string> = {}) =>
  Object.keys(dependencies).filter((name) => own.has(name));

describe('arrows between packages', () => {
  it('has nothing below core', () => {
    const core = own.get('@rbm/core')?.manifest;
    expect(Object.keys({ ...core?.dependencies, ...core?.peerDependencies, ...core?.optionalDependencies })).toEqual(
      [],
    );
  });

  it.each(packages.filter(({ group }) => group === 'packages'))(
    'points from $manifest.name at core alone',
    ({ manifest }) => {
      expect(ownNames(manifest.dependencies).filter((name) => name !== '@rbm/core')).toEqual([]);
    },
  );

  it.each(packages.filter(({ group }) => group === 'apps'))(
    'points from the app $manifest.name at packages',
    ({ manifest }) => {
      const apps = ownNames(manifest.dependencies).filter((name) => own.get(name)?.group === 'apps');
      expect(apps).toEqual([]);
    },
  );

  it.each(packages)('$manifest.name takes own packages as `workspace:^`, and never as peers', ({ manifest }) => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
    const ranges = { ...dependencies, ...devDependencies, ...optionalDependencies };
    expect(ownNames(ranges).filter((name) => ranges[name] !== 'workspace:^')).toEqual([]);
    // Peers are for plugins, whose authors choose neither the version of core nor that of the engine below.
    expect(ownNames(peerDependencies)).toEqual([]);
  });

  it.each(packages)('$manifest.name has no published dependency that is private', ({ manifest, published }) => {
    const hidden = ownNames(manifest.dependencies).filter((name) => own.get(name)?.published === false);
    if (published) expect(hidden).toEqual([]);
  });

  it.each(packages)('$manifest.name pins its tools, and gives others a range', ({ manifest }) => {
    const foreign = ([name]: [string, string]) => !own.has(name);
    const tools = Object.entries(manifest.devDependencies ?? {}).filter(foreign);
    expect(tools.filter(([, range]) => !/^(npm:.+@)?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
    const others = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(foreign);
    expect(others.filter(([, range]) => !/^\^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  it('leaves gpu.js to the one backend that is made of it', () => {
    // An application, which nobody installs, may choose it as its users' applications do.
    const users = publishedPackages.filter(
      ({ manifest }) =>
        'gpu.js' in { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies },
    );
    expect(users.map(({ id }) => id).filter((id) => id !== 'backend-gpujs')).toEqual([]);
  });
});

describe('versions', () => {
  const readChangesets = (file: string) => readFileSync(join(root, '.changeset', file), 'utf8');
  const { fixed } = JSON.parse(readChangesets('config.json')) as { fixed: string[][] };
  const matches = (name: string, pattern: string) =>
    pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

  it('are one for all published packages', () => {
    expect(fixed).toHaveLength(1);
    const outside = publishedPackages.filter(({ manifest }) => !fixed[0]?.some((each) => matches(manifest.name, each)));
    expect(outside.map(({ manifest }) => manifest.name)).toEqual([]);
    expect(new Set(publishedPackages.map(({ manifest }) => manifest.version)).size).toBe(1);
  });

  it.each(readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md'))(
    'change by what %s says: published packages, and a sentence for the changelog',
    (file) => {
      const [, header = '', text = ''] = /^---\n(.*?)---\n(.*)$/s.exec(readChangesets(file)) ?? [];
      const lines = header.trim().split('\n');
      // Before 1.0 a breaking change is a minor one: see docs/stability.md.
      expect(lines.filter((line) => !/^'[^']+': (minor|patch)$/.test(line))).toEqual([]);
      const names = lines.map((line) => line.split("'")[1]);
      expect(names.filter((name) => !publishedPackages.some(({ manifest }) => manifest.name === name))).toEqual([]);
      expect(text.trim().length).toBeGreaterThan(20);
    },
  );
});
