// What the page costs: bytes of its first view, frames and heap while it trains on MNIST with 256 hidden units, and its rate
// beside that of the same code in Node, as JSON: `node scripts/measure.mjs --minutes 10`. `npm run bench` prints it as a table.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';

const settings = { hidden: 256, estimator: 'pcd', k: 1, rate: 0.05, batch: 100, epochs: 200, seed: 1 };
const NODE_MILLISECONDS = 8000;
const median = (numbers, share = 0.5) => [...numbers].sort((a, b) => a - b)[Math.floor(share * (numbers.length - 1))];

/**
 * Measures the built page in headless Chromium.
 *
 * @param {number} minutes How long it trains.
 * @returns Bytes (compressed); median, 95 % and longest of the milliseconds between frames; bytes of the page's heap, medians
 * of the first and the last quarter of the time; images a second in the page and in Node.
 * @throws Error if there is no browser.
 */
async function measureDemo(minutes) {
  const server = await createServer({
    root: new URL('..', import.meta.url).pathname,
    server: { middlewareMode: true },
  });
  try {
    const { openSite, openChapter } = await server.ssrLoadModule('/src/page.testing.ts');
    const { Lab } = await server.ssrLoadModule('/src/chapters/digits/lab.ts');
    const site = await openSite();
    try {
      const bytes = await measureFirstView(site);
      const { frames, heaps, rates } = await measureTraining(await openLab(site, openChapter), minutes);
      const quarter = Math.max(1, heaps.length >> 2);
      return {
        bytes,
        frames: {
          median: median(frames),
          most: median(frames, 0.95),
          longest: frames.reduce((a, b) => Math.max(a, b), 0),
        },
        heap: { first: median(heaps.slice(0, quarter)), last: median(heaps.slice(-quarter)) },
        imagesPerSecond: { page: median(rates), node: median(await ratesInNode(Lab)) },
      };
    } finally {
      await site.close();
    }
  } finally {
    await server.close();
  }
}

async function measureFirstView(site) {
  const page = await site.browser.newPage();
  const bodies = [];
  page.on('response', (response) => {
    // Fonts are compressed already.
    const size = (body) => (response.url().endsWith('.woff2') ? body.length : gzipSync(body).length);
    bodies.push(response.body().then(size, () => 0));
  });
  await page.goto(site.url, { waitUntil: 'networkidle' });
  const sizes = await Promise.all(bodies);
  await page.close();
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function openLab(site, openChapter) {
  const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const { page } = await openChapter(site, `digits?${query}`);
  await page.locator('[data-fact="Data"]').filter({ hasText: 'held out' }).waitFor();
  return page;
}

async function measureTraining(page, minutes) {
  const client = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    globalThis.measuredFrames = [];
    let last = performance.now();
    const tick = (now) => {
      globalThis.measuredFrames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const rates = [];
  const heaps = [];
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    const over = page.getByRole('button', { name: 'Train', exact: true });
    // A run that is over begins again.
    if ((await over.isVisible()) && (await over.isEnabled())) await over.click();
    await page.waitForTimeout(Math.min(2000, minutes * 10_000));
    const rate = await page.locator('[data-fact="Images a second"]').textContent();
    if (Number((rate ?? '').replaceAll(',', '')) > 0) rates.push(Number(rate.replaceAll(',', '')));
    await client.send('HeapProfiler.collectGarbage');
    heaps.push((await client.send('Runtime.getHeapUsage')).usedSize);
  }
  return { frames: await page.evaluate(() => globalThis.measuredFrames), heaps, rates };
}

async function ratesInNode(Lab) {
  const { wasm } = await import('@rbm/backend-wasm');
  const { mnist } = await import('@rbm/datasets/node');
  const { train: all, test } = await mnist({ resolveFrom: [import.meta.url] });
  const part = (samples, count) => ({ values: samples.values.subarray(0, count * 784), count, width: 784 });
  const data = {
    specVersion: 1,
    name: 'mnist',
    train: part(all, 10_000),
    test: part(test, 2000),
    image: [28, 28],
    preparation: {},
  };
  // As many threads as in the page, which leaves a core to it.
  const backend = await wasm({ threads: Math.max(1, Math.min(8, cpus().length - 1)) });
  const lab = new Lab(backend, data);
  const rates = [];
  const run = lab.run(settings, ({ speed }) => rates.push(speed));
  setTimeout(() => lab.pause(), NODE_MILLISECONDS);
  await run;
  await backend.close();
  return rates;
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
console.log(JSON.stringify(await measureDemo(Number(values.minutes))));
