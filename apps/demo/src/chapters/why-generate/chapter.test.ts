import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

describe.runIf(canBrowse)('the chapter of the empirical distribution', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('what was never observed has probability zero, but not for the machine', async () => {
    const { page, complaints } = await openChapter(site, 'why-generate');
    expect(await page.locator('[data-fact="KL divergence, empirical"]').textContent()).toBe('∞');
    await page.getByRole('button', { name: 'Learn' }).click();
    await page.waitForFunction(
      () => Number(document.querySelector('[data-fact="Steps of learning"]')?.textContent) >= 600,
    );
    expect(await readFact(page, 'KL divergence, machine')).toBeLessThan(3.6);
    // All settings are in the address.
    await page.getByRole('button', { name: 'Other observations' }).click();
    await page.waitForFunction(() => location.hash === '#/why-generate?seed=2');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
