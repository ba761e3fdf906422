import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';
import { initialParameters, makeMachine, readMachine } from './machine.js';

/** A fact with a typographic minus. */
async function readSigned(page: Page, name: string): Promise<number> {
  const text = (await page.locator(`[data-fact="${name}"]`).textContent()) ?? '';
  return Number.parseFloat(text.replace('−', '-'));
}

describe.runIf(canBrowse)('the chapter of the RBM', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('units are switched by pointer and by keyboard, and the numbers are those of the state', async () => {
    const { page, complaints } = await openChapter(site, 'rbm');
    const unit = (name: string) => page.getByRole('button', { name, exact: true });
    await unit('visible unit 1').click();
    await unit('visible unit 2').focus();
    await page.keyboard.press('Space');
    await unit('hidden unit 2').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => unit('visible unit 2').getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => unit('hidden unit 2').getAttribute('aria-pressed')).toBe('true');
    expect(await unit('visible unit 1').getAttribute('aria-pressed')).toBe('false');
    const state = { visible: [0, 1, 1, 0], hidden: [0, 1, 0] };
    const reading = readMachine(makeMachine(initialParameters), state);
    expect(reading.energy).toBe(-0.5);
    expect(await readSigned(page, 'Energy E(v, h)')).toBe(-0.5);
    expect(await readSigned(page, 'Free energy F(v)')).toBeCloseTo(reading.freeEnergy, 2);
    expect(await readSigned(page, 'P(v), exact')).toBeCloseTo(reading.visibleProbability, 4);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('half-steps draw the layers in turn', async () => {
    const { page } = await openChapter(site, 'rbm');
    await page.getByRole('button', { name: 'Draw h given v' }).click();
    await page.getByRole('button', { name: 'Draw v given h' }).click();
    await page.getByRole('button', { name: 'Draw h given v' }).waitFor();
    expect(await readFact(page, 'Sweeps')).toBe(1);
    await page.close();
  });

  test('the histogram of a chain comes to the exact distribution, and starts anew with another weight', async () => {
    const { page, complaints } = await openChapter(site, 'rbm');
    await page.getByRole('radio', { name: 'as fast as drawn' }).check();
    await page.getByRole('button', { name: 'Run the chain' }).click();
    await page.waitForFunction(
      () => Number(document.querySelector('[data-fact="Sweeps"]')?.textContent) > 20_000,
      undefined,
      { timeout: 60_000 },
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await readFact(page, 'Total variation from P(v)')).toBeLessThan(0.03);
    const before = await readFact(page, 'P(v), exact');
    await page.getByRole('combobox', { name: 'Parameter' }).selectOption('a₁');
    await page.getByRole('slider', { name: 'a₁' }).fill('3');
    await page.waitForFunction(() => document.querySelector('[data-fact="Sweeps"]')?.textContent === '0');
    expect(await readFact(page, 'P(v), exact')).not.toBe(before);
    expect(new URL(page.url()).hash).toContain('parameters=3_');
    expect(await page.evaluate(() => globalThis.rbmOpenBackends?.size)).toBe(1);
    await page.evaluate(() => {
      location.hash = '#/learning';
    });
    await page.waitForFunction(() => globalThis.rbmOpenBackends?.size === 0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
