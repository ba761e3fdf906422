import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, inject, it } from 'vitest';
import { publishedPackages, readManifest } from './workspace.ts';

const { tarballs, npm } = inject('packed');

interface SourceMap {
  sources: string[];
  sourcesContent?: (string | null)[];
}

const readSourceMap = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as SourceMap;

describe.each(publishedPackages)('the tarball of $manifest.name', ({ manifest }) => {
  const tarball = () => readFile(tarballs[manifest.name] as string);
  const folder = join(npm, 'node_modules', manifest.name);
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  // What `npm create` copies is made of sources, tests and settings.
  const own = (): string[] => files().filter((file) => !/^(templates|dist\/javascript)\//.test(file));

  it('satisfies publint --strict', async () => {
    const bytes = await tarball();
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('satisfies attw for ES modules', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await tarball())));
    // A program without importable entry points has no types.
    if (analysis.types === false) return expect(Object.keys(manifest.exports ?? {})).toEqual(['./package.json']);
    // The profile `esm-only`: what `require` and the resolution of Node 10 see does not count.
    const ignored = new Set(['node10', 'node16-cjs']);
    const problems = analysis.problems.filter(
      (problem) => !('resolutionKind' in problem && ignored.has(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });

  it('has a readme, the licence and its keywords', () => {
    expect(files()).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(`# ${manifest.name}\n`);
    expect(readManifest(folder).keywords?.length).toBeGreaterThan(2);
  });

  it('holds no sources, tests or settings', () => {
    const stray = own().filter((file) =>
      /(^|\/)(src|node_modules|\.reports)(\/|$)|\.test\.|\.testing\.|\.tsbuildinfo$|^(tsconfig|vitest)/.test(file),
    );
    expect(stray).toEqual([]);
  });

  it('asks for published versions, not for the workspace', () => {
    const { dependencies, peerDependencies, optionalDependencies } = readManifest(folder);
    const ranges = Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies });
    expect(ranges.filter(([, range]) => /^(workspace|catalog|file|link):/.test(range))).toEqual([]);
    const own = ranges.filter(([name]) => name in tarballs);
    expect(own.filter(([, range]) => range !== `^${manifest.version}`)).toEqual([]);
  });

  it('has a source map with its sources for each script, and nothing of this machine in it', () => {
    const scripts = own().filter((file) => file.startsWith('dist/') && file.endsWith('.js'));
    for (const script of scripts) {
      expect(files()).toContain(`${script}.map`);
      expect(readFileSync(join(folder, script), 'utf8')).toContain(
        `//# sourceMappingURL=${script.split('/').at(-1)}.map`,
      );
      const { sources, sourcesContent } = readSourceMap(join(folder, `${script}.map`));
      expect(sourcesContent?.map((content) => typeof content)).toEqual(sources.map(() => 'string'));
      expect(sources.filter((source) => /^([a-z]+:|\/)/i.test(source))).toEqual([]);
    }
  });

  it('names whose work it ships', () => {
    const maps = files().filter((file) => file.endsWith('.js.map'));
    const foreign = maps.flatMap((file) => {
      const { sources, sourcesContent = [] } = readSourceMap(join(folder, file));
      return sources.filter(
        (name, i) => name.includes('node_modules') || /licensed under/i.test(sourcesContent[i] ?? ''),
      );
    });
    expect(existsSync(join(folder, 'THIRD_PARTY_NOTICES.md'))).toBe(foreign.length > 0);
  });
});
