import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fileLinks, snippets } from './page.js';

const url = new URL('../../../docs/theory.md', import.meta.url);
const page = readFileSync(url, 'utf8');

// From this folder, whose dependencies are the public packages that the snippets import.
function run(code: string): string {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  return execFileSync(process.execPath, ['--input-type=module', '-'], { cwd: folder, input: code, encoding: 'utf8' });
}

describe('the snippets of docs/theory.md', () => {
  const all = snippets(page);

  test('are all of its code', () => {
    expect(all.length).toBe(page.match(/^```js$/gm)?.length);
    expect(all.length).toBeGreaterThan(9);
  });

  test.each(all)('print what the page shows: line $line', { timeout: 30_000 }, ({ code, output }) => {
    expect(run(code)).toBe(output);
  });
});

describe('the links of docs/theory.md', () => {
  const links = fileLinks(page);

  test.each(links)('line $line: $target has $name', ({ target, name }) => {
    const file = new URL(target, url);
    expect(existsSync(file)).toBe(true);
    if (!target.endsWith('.ts')) return;
    // A link to code says what is to be found there.
    expect(name).toBeDefined();
    const pattern = name?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`(?<!\\w)${pattern}(?!\\w)`));
  });

  test('lead from every formula’s section to code and to a test', () => {
    for (const section of page.split(/^## /m).slice(1)) {
      if (!section.includes('```math')) continue;
      const targets = fileLinks(section).map(({ target }) => target);
      const title = section.slice(0, section.indexOf('\n'));
      expect(
        targets.filter((target) => target.endsWith('.test.ts')),
        title,
      ).not.toHaveLength(0);
      expect(
        targets.filter((target) => target.endsWith('.ts') && !target.endsWith('.test.ts')),
        title,
      ).not.toHaveLength(0);
    }
  });
});
