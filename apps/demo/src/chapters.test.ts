import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chapters } from './chapters.js';
import { canBrowse, openChapter, openSite, type Site } from './page.testing.js';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** @param rules All where none are named. */
async function violations(page: Page, ...rules: string[]): Promise<string[]> {
  const found = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    // Of what is in order, it need not list every element.
    const options = { resultTypes: ['violations'], ...(runOnly.length > 0 ? { runOnly } : {}) };
    return (await axe.run(options)).violations;
  }, rules);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Goes to a chapter in the page there is: loading a page takes longer than all the checks. */
async function turnTo(page: Page, chapter: string): Promise<void> {
  await page.evaluate((address) => {
    location.hash = address;
  }, `#/${chapter}`);
  await page.locator(`article[data-chapter="${chapter}"][data-ready]`).waitFor();
}

describe.runIf(canBrowse)('every chapter', () => {
  let site: Site;
  let page: Page;
  let complaints: readonly string[];
  beforeAll(async () => {
    site = await openSite();
    ({ page, complaints } = await openChapter(site, chapters[0]?.id ?? ''));
    await page.evaluate(await readFile(axePath, 'utf8'));
  });
  afterAll(() => site.close());

  test.each(chapters.map(({ id }) => id))(
    '%s: nobody is kept out, it fits a telephone, and can be read in the dark',
    async (id) => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
      await turnTo(page, id);
      await page.locator(`article[data-chapter="${id}"] .katex`).first().waitFor();
      expect(await violations(page)).toEqual([]);

      await page.setViewportSize({ width: 390, height: 800 });
      const width = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
      await expect.poll(width).toBeLessThanOrEqual(390);
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(() => violations(page, 'color-contrast')).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  test('leaving a chapter closes what it held', async () => {
    for (const { id } of [...chapters, ...chapters.slice(0, 1)]) {
      await turnTo(page, id);
      const start = page.locator('button.primary').first();
      if (await start.count()) await start.click();
      await page.waitForTimeout(300);
    }
    await page.evaluate(() => {
      // An address without a chapter is the first one, which is then left as well.
      location.hash = '#/';
    });
    expect(complaints).toEqual([]);
  });
});

test('the built page sends a content security policy that lets nothing in from elsewhere', async () => {
  const page = await readFile(new URL('../dist/index.html', import.meta.url), 'utf8');
  const policy =
    /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? '';
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy).not.toMatch(/https?:|\*|script-src[^;]*'unsafe-inline'/);
  expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<script'));
});
