import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

describe.runIf(canBrowse)('the chapter of the trick', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('both forms come to the same distribution', async () => {
    const { page, complaints } = await openChapter(site, 'the-trick');
    expect(await readFact(page, 'Difference of exact probabilities')).toBeLessThan(1e-10);
    await page.getByRole('button', { name: 'Sample both' }).click();
    await page.waitForFunction(() => {
      const samples = document.querySelector('[data-fact="Samples"]')?.textContent ?? '0';
      return Number(samples.replaceAll(',', '')) >= 10_000;
    });
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await readFact(page, 'Total variation, network')).toBeLessThan(0.06);
    expect(await readFact(page, 'Total variation, two layers')).toBeLessThan(0.06);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the graph unfolds, at once for those who prefer no motion', async () => {
    const { page, complaints } = await openChapter(site, 'the-trick', { reducedMotion: 'reduce' });
    await page.getByRole('img', { name: '4 units that all act on each other' }).waitFor();
    await page.getByRole('button', { name: 'Unfold' }).click();
    await page.getByRole('img', { name: /Gaussian hidden units above/ }).waitFor();
    await page.getByText('100 %').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
