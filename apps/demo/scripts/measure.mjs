// What the page costs: `node scripts/measure.mjs [--minutes N]`. Bytes of the first view, frames and heap while it trains on
// MNIST with 256 hidden units, and its rate beside that of the same code in Node.
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
const settings = { hidden: 256, estimator: 'pcd', k: 1, rate: 0.05, batch: 100, epochs: 200, seed: 1 };
const median = (numbers, share = 0.5) => [...numbers].sort((a, b) => a - b)[Math.floor(share * (numbers.length - 1))];

const server = await createServer({ root: new URL('..', import.meta.url).pathname, server: { middlewareMode: true } });
try {
  const { openSite, openChapter } = await server.ssrLoadModule('/src/page.testing.ts');
  const { Lab } = await server.ssrLoadModule('/src/chapters/digits/lab.ts');
  const { wasm } = await import('@rbm/backend-wasm');
  const { mnist } = await import('@rbm/datasets/node');
  const site = await openSite();

  const first = await site.browser.newPage();
  let bytes = 0;
  first.on('response', async (response) => {
    const body = await response.body().catch(() => Buffer.alloc(0));
    // Fonts are compressed already.
    bytes += response.url().endsWith('.woff2') ? body.length : gzipSync(body).length;
  });
  await first.goto(site.url, { waitUntil: 'networkidle' });
  await first.close();
  console.log(`first view            ${(bytes / 1000).toFixed(0)} kB compressed, goal < 300`);

  const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const { page } = await openChapter(site, `digits?${query}`);
  const client = await page.context().newCDPSession(page);
  await page.locator('[data-fact="Data"]').filter({ hasText: 'held out' }).waitFor();
  await page.evaluate(() => {
    globalThis.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
      globalThis.frames_.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const rates = [];
  const heaps = [];
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    const train = page.getByRole('button', { name: /^(Train|Start over)$/ });
    // A run that is over begins again.
    if (
      await page
        .getByRole('button', { name: 'Train', exact: true })
        .isEnabled()
        .catch(() => false)
    )
      await train.first().click();
    await page.waitForTimeout(Math.min(2000, minutes * 10_000));
    const rate = Number(
      ((await page.locator('[data-fact="Images a second"]').textContent()) ?? '').replaceAll(',', ''),
    );
    if (rate > 0) rates.push(rate);
    await client.send('HeapProfiler.collectGarbage');
    heaps.push((await client.send('Runtime.getHeapUsage')).usedSize / 1e6);
  }
  const frames = await page.evaluate(() => globalThis.frames_);
  console.log(
    `frames while training ${median(frames).toFixed(1)} ms median, ${median(frames, 0.95).toFixed(1)} ms for 95 %, ${Math.max(...frames).toFixed(0)} ms longest`,
  );
  const start = median(heaps.slice(0, Math.max(1, heaps.length >> 2)));
  const late = median(heaps.slice(-Math.max(1, heaps.length >> 2)));
  console.log(
    `heap of the page      ${start.toFixed(1)} MB in the first quarter of ${minutes} min, ${late.toFixed(1)} MB in the last`,
  );
  await site.close();

  const { train: all, test } = await mnist({ resolveFrom: [import.meta.url] });
  const part = (samples, count) => ({ values: samples.values.subarray(0, count * 784), count, width: 784 });
  const data = { name: 'mnist', train: part(all, 10_000), test: part(test, 2000), image: [28, 28], preparation: {} };
  const backend = await wasm({ threads: Math.max(1, Math.min(8, (await import('node:os')).cpus().length - 1)) });
  const lab = new Lab(backend, data);
  const inNode = [];
  const run = lab.run(settings, ({ speed }) => inNode.push(speed));
  setTimeout(() => lab.pause(), 8000);
  await run;
  await backend.close();
  const [page_, node] = [median(rates), median(inNode)];
  console.log(
    `784 × 256, PCD-1      ${Math.round(page_)} images a second in the page, ${Math.round(node)} in Node: ${((100 * page_) / node).toFixed(0)} %, goal ≥ 80`,
  );
} finally {
  await server.close();
}
