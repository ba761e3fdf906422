import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();

async function fall(page: Page): Promise<void> {
  await press(page, 'Let it fall');
  await page.getByRole('button', { name: 'Let it fall' }).waitFor();
}

describe.runIf(canBrowse)('the chapter of memories', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('a damaged pattern is recalled, and the energy falls', async () => {
    const { page, complaints } = await openChapter(site, 'hopfield');
    await press(page, 'Damage it');
    const damaged = await readFact(page, 'Overlap with pattern 1');
    expect(damaged).toBeLessThan(0.9);
    const before = await readFact(page, 'Energy');
    await fall(page);
    expect(await readFact(page, 'Overlap with pattern 1')).toBe(1);
    expect(await readFact(page, 'Energy')).toBeLessThan(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('too many patterns, and the first is lost; a drawing can be stored', async () => {
    const { page, complaints } = await openChapter(site, 'hopfield?random=24');
    await fall(page);
    expect(Math.abs(await readFact(page, 'Overlap with pattern 1'))).toBeLessThan(0.95);
    await page.getByRole('application').press('Space');
    await press(page, 'Store this picture');
    await page.getByRole('img', { name: 'Pattern 4' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('at a high temperature the memory melts', async () => {
    const { page, complaints } = await openChapter(site, 'hopfield?temperature=3');
    await press(page, 'Run');
    await page.waitForFunction(() => {
      const overlap = document.querySelector('[data-fact="Overlap with pattern 1"]')?.textContent ?? '1';
      return Math.abs(Number(overlap)) < 0.3;
    });
    await press(page, 'Pause');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
