import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const chromiumPath = places.find((place) => place && existsSync(place));

/** Whether pages can be tried: with a browser, and always where its absence is a failure. */
export const canBrowse: boolean = chromiumPath !== undefined || process.env.CI === 'true';

const launchOptions = {
  ...(chromiumPath ? { executablePath: chromiumPath } : {}),
  chromiumSandbox: false,
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Where `shareBrowser` leaves the address of its browser for the processes that run the tests. */
const SHARED = 'RBM_DEMO_BROWSER';

/**
 * Starts a browser for every site that is opened until the end: each start takes a second of CPU time, and so does the first
 * page of each browser. Without a browser it does nothing.
 *
 * @returns Ends the browser.
 */
export async function shareBrowser(): Promise<() => Promise<void>> {
  if (chromiumPath === undefined) return async () => {};
  const server = await chromium.launchServer(launchOptions);
  process.env[SHARED] = server.wsEndpoint();
  return () => server.close();
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

const VIEWPORT = { width: 1280, height: 900 };

/** The built page, served from a folder below the root as a university's server would, and a browser to look at it. */
export interface Site {
  readonly url: string;
  /** Compressed bytes sent since the site was opened are not counted here; see the network records of a page. */
  readonly browser: Browser;
  /** Of pages without options of their own: what one has compiled, the next need not. */
  readonly context: BrowserContext;
  /** Closes all pages too. */
  close(): Promise<void>;
}

/** @param isolated Whether pages may share memory between threads. */
export async function openSite({ isolated = true }: { isolated?: boolean } = {}): Promise<Site> {
  const folder = fileURLToPath(new URL('../dist', import.meta.url));
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  const server: Server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.replace(/^\/some\/folder\//, '').replace(/^$/, 'index.html');
    try {
      if (!pathname.startsWith('/some/folder/') || path.includes('..')) throw new Error('outside');
      const body = await readFile(join(folder, path));
      response.writeHead(200, { ...headers, 'Content-Type': types[extname(path)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shared = process.env[SHARED];
  const browser = await (shared ? chromium.connect(shared) : chromium.launch(launchOptions));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/folder/`,
    browser,
    context: await browser.newContext({ viewport: VIEWPORT }),
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * A chapter in a page of its own, and with options in a context of its own. `complaints` collects what the browser's console
 * reports as wrong.
 */
export async function openChapter(
  site: Site,
  chapter: string,
  options?: BrowserContextOptions,
): Promise<{ page: Page; complaints: readonly string[] }> {
  const context = options ? await site.browser.newContext({ viewport: VIEWPORT, ...options }) : site.context;
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${site.url}#/${chapter}`);
  await page.locator('article[data-ready]').waitFor();
  return { page, complaints };
}

/** A number that a figure shows by name. */
export async function readFact(page: Page, name: string): Promise<number> {
  return Number.parseFloat((await page.locator(`[data-fact="${name}"]`).textContent()) ?? '');
}
