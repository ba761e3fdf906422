import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

async function runFast(page: Page, sweeps: number): Promise<void> {
  await page.getByRole('radio', { name: 'fast', exact: true }).check();
  await page.getByRole('button', { name: 'Run the chains' }).click();
  await page.waitForFunction(
    (least) => Number(document.querySelector('[data-fact="Sweeps"]')?.textContent) >= least,
    sweeps,
    { timeout: 60_000 },
  );
  await page.getByRole('button', { name: 'Pause' }).click();
}

/** A fact without the commas of thousands. */
async function readText(page: Page, name: string): Promise<string> {
  return ((await page.locator(`[data-fact="${name}"]`).textContent()) ?? '').replaceAll(',', '');
}

describe.runIf(canBrowse)('the chapter of sampling', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('where barriers are low, chains come to the exact autocorrelation time and to balance', async () => {
    const { page, complaints } = await openChapter(site, 'sampling?coupling=1.2');
    await runFast(page, 2000);
    expect(await readText(page, 'Calls itself reliable')).toBe('yes');
    const [estimate, error] = (await readText(page, 'Autocorrelation time, estimate')).split(' ± ').map(Number);
    const exact = await readFact(page, 'Autocorrelation time, exact');
    expect(Math.abs((estimate as number) - exact)).toBeLessThan(5 * (error as number) + 0.1);
    for (const row of await page.locator('.counts tbody tr').all()) {
      const [expected = 0, there = 0, back = 0] = (await row.locator('td').allTextContents()).map(Number);
      expect(Math.abs(there - expected)).toBeLessThan(5 * Math.sqrt(exact * expected) + 5);
      expect(Math.abs(back - expected)).toBeLessThan(5 * Math.sqrt(exact * expected) + 5);
      expect(expected).toBeGreaterThan(0);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('where barriers are high, chains that start in one mode are deceived, and those that start in both are not', async () => {
    const { page, complaints } = await openChapter(site, 'sampling?coupling=6&tilt=0');
    await runFast(page, 1000);
    expect(await readFact(page, 'Autocorrelation time, estimate')).toBeLessThan(3);
    expect(await readText(page, 'Calls itself reliable')).toBe('yes');
    expect(await readText(page, 'Autocorrelation time, exact')).toMatch(/^178\d{3}$/);
    await page.getByRole('radio', { name: 'half in 111' }).check();
    await page.waitForFunction(() => document.querySelector('[data-fact="Sweeps"]')?.textContent === '0');
    await runFast(page, 1000);
    expect(await readText(page, 'Calls itself reliable')).toContain('no too short');
    expect(Number(await readText(page, 'Autocorrelation time, estimate'))).toBeGreaterThan(500);
    await page.evaluate(() => {
      location.hash = '#/why-generate';
    });
    await expect.poll(() => page.workers().length).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
