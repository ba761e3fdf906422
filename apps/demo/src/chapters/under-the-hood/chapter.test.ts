import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, type Site } from '../../page.testing.js';
import { contestants } from './contestants.js';

test('threads run where memory can be shared', () => {
  const names = (processors: number, shared: boolean): string[] =>
    contestants(processors, shared).flatMap(({ name }) => (name.startsWith('Web') ? [name] : []));
  expect(names(16, true)).toEqual(['WebAssembly, 1 thread', 'WebAssembly, 2 threads', 'WebAssembly, 8 threads']);
  expect(names(2, true)).toEqual(['WebAssembly, 1 thread', 'WebAssembly, 2 threads']);
  expect(names(16, false)).toEqual(['WebAssembly, 1 thread']);
});

describe.runIf(canBrowse)('the race', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('is run by all who can, and says who cannot', async () => {
    const { page, complaints } = await openChapter(site, 'under-the-hood?course=64 × 32');
    await page.getByRole('button', { name: 'Start the race' }).click();
    const numbers = page.getByLabel('The numbers of the race, as text');
    await page.getByRole('button', { name: 'Start the race' }).waitFor();
    const lines = (await numbers.inputValue()).split('\n').slice(2);
    const find = (name: string): string => lines.find((line) => line.startsWith(name)) ?? '';
    expect(find('WebAssembly, 1 thread')).toMatch(/\t[\d.]+ ms\twasm backend: WebAssembly SIMD/);
    expect(find('reference')).toMatch(/\t[\d.]+ ms\treference backend/);
    expect(find('gpu.js, webasm')).toMatch(/\t[\d.]+ ms\tgpujs backend.*WebAssemblyKernel/);
    // Whatever draws here, it is no hardware.
    expect(find('gpu.js, webgl2')).toMatch(/software|does not work/);
    expect(find('gpu.js, webgpu')).toMatch(/software|does not work/);
    await page
      .getByText(/gpu\.js, web(gpu|gl2)Does not run here|software rendering/)
      .first()
      .waitFor();
    expect(page.workers()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('can be stopped, and ends when the chapter is left', async () => {
    const { page } = await openChapter(site, 'under-the-hood');
    await page.getByRole('button', { name: 'Start the race' }).click();
    await page.getByRole('list', { name: 'Training images a second, one bar a contestant' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => page.workers().length).toBe(0);
    await page.getByRole('button', { name: 'Start the race' }).click();
    await expect.poll(() => page.workers().length).toBeGreaterThan(0);
    await page.evaluate(() => {
      location.hash = '#/why-generate';
    });
    await page.locator('article[data-chapter="why-generate"][data-ready]').waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    await page.close();
  });
});
