import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

async function waitForUpdates(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) => Number(document.querySelector('[data-fact="Updates"]')?.textContent) >= least,
    count,
    { timeout: 60_000 },
  );
}

describe.runIf(canBrowse)('the chapter of learning', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('the divergence falls below a bound with the exact gradient, off the main thread', async () => {
    const { page, complaints } = await openChapter(site, 'learning?estimator=exact');
    await waitForUpdates(page, 0);
    expect(await readFact(page, 'KL divergence, exact')).toBeGreaterThan(3);
    const chart = page.getByRole('img', { name: /divergence/ }).locator('canvas');
    const drawing = (): Promise<string> => chart.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const before = await drawing();
    await page.getByRole('button', { name: 'Learn', exact: true }).click();
    await waitForUpdates(page, 800);
    expect(page.workers()).toHaveLength(1);
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await readFact(page, 'KL divergence, exact')).toBeLessThan(0.3);
    expect(await readFact(page, 'Angle of the estimate')).toBe(0);
    expect(await drawing()).not.toBe(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the method changes on the way, another machine starts over, and leaving ends the work', async () => {
    const { page, complaints } = await openChapter(site, 'learning');
    await waitForUpdates(page, 0);
    await page.getByRole('button', { name: 'Learn', exact: true }).click();
    await waitForUpdates(page, 300);
    await page.getByRole('radio', { name: 'PCD-k' }).check();
    await page.getByRole('slider', { name: 'k, sweeps an update' }).fill('10');
    await waitForUpdates(page, 600);
    expect(await readFact(page, 'KL divergence, exact')).toBeLessThan(2);
    expect(new URL(page.url()).hash).toBe('#/learning?estimator=pcd&k=10');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('slider', { name: 'Hidden units' }).fill('4');
    await page.waitForFunction(() => document.querySelector('[data-fact="Updates"]')?.textContent === '0');
    await page.evaluate(() => {
      location.hash = '#/why-generate';
    });
    await expect.poll(() => page.workers().length).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
