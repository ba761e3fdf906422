import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { packages, publishedPackages, root, rootManifest } from './workspace.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const markdownIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file).replaceAll('\\', '/'));

const documents = [
  ...markdownIn('.'),
  ...markdownIn('docs'),
  ...packages.flatMap(({ folder }) => markdownIn(relative(root, folder))),
].filter((file) => !file.endsWith('CHANGELOG.md'));

/** As a heading is addressed: `Where is what` by `where-is-what`. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

it.each(documents)('%s links to what exists', (file) => {
  const links = [...read(file).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  const broken = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(join(root, target))) return true;
    const headings =
      anchor === undefined ? [] : [...read(target).matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? '');
    return anchor !== undefined && !headings.map(anchorOf).includes(anchor);
  });
  expect(broken).toEqual([]);
});

it('has every page in the index', () => {
  const index = read('docs/README.md');
  const missing = markdownIn('docs').filter(
    (file) => file !== 'docs/README.md' && !index.includes(file.replace('docs/', '](')),
  );
  expect(missing).toEqual([]);
});

it('presents every package, and says where the documents are', () => {
  const readme = read('README.md');
  expect(publishedPackages.filter(({ manifest }) => !readme.includes(`[\`${manifest.name}\`]`))).toEqual([]);
  for (const link of ['docs/README.md', 'docs/README.md#reference', 'CONTRIBUTING.md'])
    expect(readme).toContain(`(${link})`);
});

it('explains the layout on one screen, and commands that exist', () => {
  const guide = read('CONTRIBUTING.md');
  const [, layout = ''] = /```\n(.*?)```/s.exec(guide) ?? [];
  expect(layout.split('\n').length).toBeLessThan(30);
  for (const folder of ['packages/', 'apps/', 'checks/', 'docs/', 'scripts/']) expect(layout).toContain(folder);
  const commands = [...`${guide}${read('docs/README.md')}`.matchAll(/npm run ([\w:-]+)/g)].map(
    (match) => match[1] ?? '',
  );
  expect(commands.filter((command) => !(command in (rootManifest.scripts ?? {})))).toEqual([]);
});
