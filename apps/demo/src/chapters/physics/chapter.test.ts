import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

describe.runIf(canBrowse)('the chapter of physics', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('the lattice has Onsager’s energy, a machine learns the small one, and the worker ends', async () => {
    const { page, complaints } = await openChapter(site, 'physics?temperature=3');
    await page.getByRole('button', { name: 'Heat it' }).click();
    await page.waitForFunction(
      () => Number(document.querySelector('[data-fact="Sweeps measured"]')?.textContent) >= 300,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    const text = (await page.locator('[data-fact="Energy a spin"]').textContent()) ?? '';
    const [mean, error] = text.split(' ± ').map(Number) as [number, number];
    expect(Math.abs(mean - (await readFact(page, 'Energy, infinite lattice')))).toBeLessThan(5 * error + 0.002);
    await page.getByRole('button', { name: 'Teach a machine' }).click();
    await page.waitForFunction(
      () => Number.parseFloat(document.querySelector('[data-fact="KL divergence, exact"]')?.textContent ?? '9') < 0.15,
    );
    expect(await readFact(page, 'Energy, learned')).toBeLessThan(-0.5);
    await page.evaluate(() => {
      location.hash = '#/why-generate';
    });
    await page.locator('article[data-chapter="why-generate"][data-ready]').waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
