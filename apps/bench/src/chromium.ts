import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Engine } from './engines.js';
import type { Contestant, Outcome, Timing } from './workload.js';

/** Where the distribution's package puts it. */
const EXECUTABLE = '/usr/bin/chromium';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Where there is no graphics hardware, a program draws.
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

/** What the page offers; see `page/page.ts`. */
interface BenchPage {
  start(folder: string, threads: number): Promise<string>;
  run(steps: number): Promise<Timing>;
  openEngine(mode: string): Promise<string>;
  timeEngine(visible: number, hidden: number, batch: number): Promise<number>;
}

/** A page of the bench in headless Chromium, cross-origin isolated so that it may have threads. */
interface OpenPage {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

/** @throws Error if Chromium is missing or the page cannot be opened. */
export async function openPage(folders: Readonly<Record<string, string>>, file = 'index.html'): Promise<OpenPage> {
  const server = await serveFolders(folders);
  const profile = await mkdtemp(join(tmpdir(), 'rbm-bench-chromium-'));
  let context: BrowserContext | undefined;
  const close = async (): Promise<void> => {
    await context?.close();
    await shutDown(server, profile);
  };
  try {
    context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: flags });
    const page = await context.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/${file}`);
    return { context, page, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** gpu.js in a mode, in a page. @throws Error if Chromium is missing or the mode does not work in it. */
export async function openPageEngine(mode: string, site: string): Promise<Engine> {
  const { page, close } = await openPage({ '/': site });
  try {
    const info = await page.evaluate((m) => (window as unknown as { bench: BenchPage }).bench.openEngine(m), mode);
    return {
      name: mode,
      info,
      time: (...size) => page.evaluate((s) => (window as unknown as { bench: BenchPage }).bench.timeEngine(...s), size),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same steps in a page. */
export class ChromiumSide implements Contestant {
  readonly name: string;
  /** What the backend says of itself there. */
  readonly info: string;
  readonly version: string;
  readonly #open: OpenPage;

  /** @throws Error if Chromium is missing or the page fails. */
  static async start(name: string, site: string, caseFolder: string, threads: number): Promise<ChromiumSide> {
    const open = await openPage({ '/case/': caseFolder, '/': site });
    try {
      const info = await open.page.evaluate(
        ([folder, count]) => (window as unknown as { bench: BenchPage }).bench.start(folder, count),
        ['/case/', threads] as const,
      );
      return new ChromiumSide(name, info, open);
    } catch (error) {
      await open.close();
      throw error;
    }
  }

  private constructor(name: string, info: string, open: OpenPage) {
    this.name = name;
    this.info = info;
    this.version = open.context.browser()?.version() ?? 'unknown';
    this.#open = open;
  }

  run(steps: number): Promise<Timing> {
    return this.#open.page.evaluate((n) => (window as unknown as { bench: BenchPage }).bench.run(n), steps);
  }

  /** The backend's own tests compare it with Node. */
  async check(): Promise<Outcome> {
    return {};
  }

  close(): Promise<void> {
    return this.#open.close();
  }
}

async function shutDown(server: Server, profile: string): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  // Processes that the browser started may write for a moment after it has ended.
  await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** Serves folders by the beginnings of paths, with the headers that allow shared memory. */
async function serveFolders(folders: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const prefix = Object.keys(folders).find((start) => path.startsWith(start)) as string;
    const file = join(folders[prefix] as string, path.slice(prefix.length));
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      Connection: 'close',
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
