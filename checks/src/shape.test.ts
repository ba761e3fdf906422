import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryPoints, packages, publishedPackages, root, rootManifest } from './workspace.ts';

const skeleton = [
  'README.md',
  'LICENSE',
  'package.json',
  'tsconfig.json',
  'tsconfig.test.json',
  'vitest.config.ts',
  'src',
];

// What is private in `apps/` is its author's business; `docs/apps.md` says what it needs.
const shaped = packages.filter(({ published, group }) => published || group === 'packages');

describe.each(shaped)('$manifest.name', ({ id, group, folder, manifest }) => {
  it('is called after its folder', () => {
    // `npm create rbm-plugin` asks for a package of that name.
    expect(manifest.name).toBe(id.startsWith('create-') ? id : `@rbm/${id}`);
  });

  it('has the files of every package', () => {
    expect(skeleton.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it('shows its public names, or its program, where they are looked for', () => {
    if (group === 'packages' && !manifest.bin) expect(existsSync(join(folder, 'src/index.ts'))).toBe(true);
    else expect(manifest.bin).toBeTruthy();
  });

  it('has the scripts of every package', () => {
    // Before any of them, a package may have something to make.
    expect(manifest.scripts?.test).toMatch(/(^|&& )vitest run$/);
    expect(manifest.scripts?.typecheck).toMatch(
      /(^|&& )node \.\.\/\.\.\/scripts\/typecheck\.mjs( page tsconfig\.json tsconfig\.test\.json)?$/,
    );
    expect(manifest.scripts?.build).toMatch(/(^|&& )(node \.\.\/\.\.\/scripts\/build\.mjs( [\w-]+=\S+)*)( |$)/);
  });

  it('has the licence, author, version of Node and module system of the workspace', () => {
    const { license, author, engines, type } = rootManifest;
    expect(manifest).toMatchObject({ license, author, engines, type });
    expect(license).toBe('MIT');
    expect(type).toBe('module');
  });
});

describe.each(publishedPackages)('$manifest.name, which is published,', ({ manifest }) => {
  it('says what it is', () => {
    expect(manifest.description).toMatch(/^[A-Z].{30,160}\.$/);
    expect(manifest.keywords).toContain('restricted-boltzmann-machine');
    expect(manifest.keywords?.length).toBeGreaterThan(2);
  });

  it('ships what is built, openly, and free of side effects', () => {
    expect(manifest.files).toContain('dist');
    expect(manifest.sideEffects).toBe(false);
    expect(manifest.publishConfig).toEqual({ access: 'public' });
  });

  it('can be asked for its version, and offers types with every module', () => {
    const { './package.json': own, ...modules } = manifest.exports ?? {};
    expect(own).toBe('./package.json');
    for (const conditions of Object.values(modules)) {
      // TypeScript takes the first condition that it knows, so `types` comes first.
      expect(Object.keys(conditions)).toEqual(['types', 'default']);
    }
  });
});

it('keeps modules for Node behind entry points of that name', () => {
  const entries = entryPoints(publishedPackages);
  expect(entries.length).toBeGreaterThan(5);
  for (const { owner, module, node } of entries) {
    const code = readFileSync(join(owner.folder, module), 'utf8');
    if (!node) expect(code).not.toMatch(/from ['"]node:|import\(['"]node:/);
  }
});
