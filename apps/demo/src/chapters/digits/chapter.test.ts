import { digits } from '@rbm/datasets';
import { decodeModel, encodePng, imageGrid } from '@rbm/formats';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBrowse, openChapter, openSite, readFact, type Site } from '../../page.testing.js';

const small = 'digits?data=digits&hidden=16&epochs=60&batch=50';
/** Enough where any model will do. */
const short: string = small.replace('epochs=60', 'epochs=5');

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

/** Trains to the end, and waits for the estimate that follows. */
async function trainToEnd(page: Page): Promise<void> {
  await press(page, 'Train');
  await page.locator('[data-fact="Log-likelihood"]').waitFor();
}

describe.runIf(canBrowse)('the laboratory in a page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test('trains off the main thread, and the likelihood rises', async () => {
    const { page, complaints } = await openChapter(site, small);
    // The longest that the page did not answer, while a worker trains.
    await page.evaluate(() => {
      const watch = { last: performance.now(), frames: 0 };
      Object.assign(globalThis, { watch });
      const tick = (): void => {
        watch.frames++;
        requestAnimationFrame(tick);
      };
      tick();
    });
    await trainToEnd(page);
    expect(
      await page.evaluate(() => (globalThis as unknown as { watch: { frames: number } }).watch.frames),
    ).toBeGreaterThan(3);
    expect(page.workers().length).toBeGreaterThan(0);
    const [model, independent] = [
      await readFact(page, 'Log-likelihood'),
      await readFact(page, 'Independent pixels, exact'),
    ];
    expect(model - independent).toBeGreaterThan(2);
    expect(await readFact(page, 'Effective sample size')).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('finishes a half-drawn digit', async () => {
    const { page, complaints } = await openChapter(site, short);
    await trainToEnd(page);
    const editor = page.getByRole('application');
    await editor.click({ position: { x: 60, y: 30 } });
    await press(page, 'Half of a training image');
    await press(page, 'Finish it');
    const ways = page.getByRole('img', { name: /12 ways to finish it/ });
    await ways.waitFor();
    // The known half is the same in all of them; the others differ.
    const [upper, lower] = await ways.evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
      const half = (n: number, top: number): string => {
        const [left, down] = [(n % 4) * 9, Math.floor(n / 4) * 9 + top];
        const rows = Array.from({ length: 4 }, (_, row) => 4 * ((down + row) * width + left));
        return rows.map((start) => data.subarray(start, start + 32).join()).join();
      };
      const kinds = (top: number): number => new Set(Array.from({ length: 12 }, (_, n) => half(n, top))).size;
      return [kinds(0), kinds(4)];
    });
    expect(upper).toBe(1);
    expect(lower).toBeGreaterThan(6);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('pauses, resumes, saves a model file and loads it again', async () => {
    const { page, complaints } = await openChapter(site, small.replace('epochs=60&batch=50', 'epochs=200&batch=10'));
    await press(page, 'Train');
    await page.getByRole('img', { name: /fantasy particles/ }).waitFor();
    await press(page, 'Pause');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    const paused = await readFact(page, 'Epoch');
    await press(page, 'Resume');
    await page.waitForFunction(
      (epoch) => Number.parseFloat(document.querySelector('[data-fact="Epoch"]')?.textContent ?? '') > epoch,
      paused,
    );
    await press(page, 'Pause');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save the model')]);
    const bytes = Buffer.concat(await (await download.createReadStream()).toArray());
    const { model } = decodeModel(new Uint8Array(bytes), 'rbm.safetensors');
    expect(model.layers.map(({ units }) => units)).toEqual([64, 16]);

    const { page: other, complaints: none } = await openChapter(site, 'digits?data=digits&hidden=40');
    await other.getByLabel('Load a model …').setInputFiles({ name: 'rbm.safetensors', mimeType: '', buffer: bytes });
    await other.getByRole('img', { name: /fantasy particles/ }).waitFor();
    // The address follows what was loaded.
    await other.waitForFunction(() => location.hash.includes('hidden=16'));
    await press(other, 'Estimate the likelihood');
    await other.locator('[data-fact="Log-likelihood"]').waitFor();
    expect(await readFact(other, 'Log-likelihood')).toBeGreaterThan(await readFact(other, 'Independent pixels, exact'));
    await press(other, 'Train');
    await other.waitForFunction(
      () => Number.parseFloat(document.querySelector('[data-fact="Epoch"]')?.textContent ?? '') > 0,
    );
    expect([...complaints, ...none]).toEqual([]);
    await page.close();
    await other.close();
  });

  test('takes files, and keeps what it has where one is wrong', async () => {
    const { page } = await openChapter(site, short);
    await trainToEnd(page);
    const files = page.getByLabel('Your own data …');
    await files.setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('1,2\n3') });
    await page.getByRole('alert').filter({ hasText: 'a.csv' }).waitFor();
    expect(await page.locator('[data-fact="Data"]').textContent()).toContain('digits');
    await page.locator('[data-fact="Log-likelihood"]').waitFor();
    const table = Array.from({ length: 50 }, (_, n) => (n % 2 ? '0,0,1,1' : '1,1,0,0')).join('\n');
    await files.setInputFiles({ name: 'b.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await page.locator('[data-fact="Data"]').filter({ hasText: 'b.csv, 45 + 5 held out' }).waitFor();
    const { values } = digits().train;
    await files.setInputFiles(
      Array.from({ length: 30 }, (_, n) => {
        const images = values.subarray(64 * n, 64 * n + 64);
        const png = encodePng(imageGrid({ images, count: 1, height: 8, width: 8, scale: 4, range: [0, 1] }));
        return { name: `${n}.png`, mimeType: 'image/png', buffer: Buffer.from(png) };
      }),
    );
    await page.locator('[data-fact="Data"]').filter({ hasText: '30 images, 27 + 3 held out' }).waitFor();
    await press(page, 'Start over');
    await trainToEnd(page);
    await page.getByRole('img', { name: /fantasy particles/ }).waitFor();
    await page.close();
  });

  test('has a part of MNIST, switches to gpu.js and back, and ends its worker when it is left', async () => {
    const { page, complaints } = await openChapter(site, 'digits?hidden=32');
    await page.locator('[data-fact="Data"]').filter({ hasText: '10000 + 2000 held out' }).waitFor();
    await page.getByRole('radio', { name: 'gpu.js' }).click();
    await page.getByText(/Computed in a worker, by gpujs backend/).waitFor();
    await page.getByRole('radio', { name: 'WebAssembly' }).click();
    await page.getByText(/Computed in a worker, by wasm backend/).waitFor();
    await press(page, 'Train');
    await page.getByRole('img', { name: /fantasy particles/ }).waitFor();
    expect(page.workers().length).toBeGreaterThan(0);
    await page.evaluate(() => {
      location.hash = '#/why-generate';
    });
    await page.locator('article[data-chapter="why-generate"][data-ready]').waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe.runIf(canBrowse)('without cross-origin isolation', () => {
  test('the laboratory has one thread, and says so', async () => {
    const site = await openSite({ isolated: false });
    const { page, complaints } = await openChapter(site, small);
    await page.getByText(/not cross-origin isolated, so there is one thread/).waitFor();
    await trainToEnd(page);
    expect(await readFact(page, 'Log-likelihood')).toBeGreaterThan(await readFact(page, 'Independent pixels, exact'));
    expect(complaints).toEqual([]);
    await site.close();
  });
});
