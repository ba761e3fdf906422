import { readFile } from 'node:fs/promises';
import type { CDPSession } from 'playwright-core';
import { openPage } from '../chromium.js';
import type { Work } from './cycle.js';
import type { LiveMemory } from './live-memory.js';
import type { Side } from './side.js';

/** What the page offers; see `page/soak.ts`. */
interface SoakPage {
  open(mode: string): Promise<string>;
  round(seed: number, n: number): Promise<Work>;
  close(): Promise<void>;
}

/** What the page's engine holds, in bytes: `Runtime.getHeapUsage` of the DevTools protocol. */
interface HeapUsage {
  readonly usedSize: number;
  /** Of the browser's own objects: nodes, contexts of a canvas. */
  readonly embedderHeapUsedSize?: number;
  /** Of array buffers and strings outside the heap. */
  readonly backingStorageSize?: number;
}

/** gpu.js in a page of headless Chromium. */
export async function pageSide(mode: string, site: string): Promise<Side & { graphicsBytes(): Promise<number> }> {
  const { page, context, close } = await openPage({ '/': site }, 'soak.html');
  try {
    const info = await page.evaluate((m) => (window as unknown as { soak: SoakPage }).soak.open(m), mode);
    const devTools = await context.newCDPSession(page);
    return {
      info,
      round: (seed, n) =>
        page.evaluate(([s, r]) => (window as unknown as { soak: SoakPage }).soak.round(s, r), [seed, n] as const),
      memory: async (minutes) => ({ minutes, bytes: await heapBytes(devTools), workers: page.workers().length }),
      close: () => page.evaluate(() => (window as unknown as { soak: SoakPage }).soak.close()),
      end: close,
      graphicsBytes: async () => graphicsBytes(await context.browser()?.newBrowserCDPSession()),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function heapBytes(devTools: CDPSession): Promise<LiveMemory['bytes']> {
  // Finalisers run between turns of the event loop, and may free more.
  for (let n = 0; n < 3; n++) await devTools.send('HeapProfiler.collectGarbage');
  const usage = (await devTools.send('Runtime.getHeapUsage')) as HeapUsage;
  return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
}

/** Resident memory of the browser's process that draws, where textures and buffers lie; NaN where it is not known. */
async function graphicsBytes(devTools: CDPSession | undefined): Promise<number> {
  if (!devTools) return Number.NaN;
  try {
    const { processInfo } = await devTools.send('SystemInfo.getProcessInfo');
    const process = processInfo.find(({ type }) => type === 'GPU');
    const status = await readFile(`/proc/${process?.id}/status`, 'utf8');
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  } catch {
    return Number.NaN;
  } finally {
    await devTools.detach();
  }
}
