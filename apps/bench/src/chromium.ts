import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
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
}

/** The same steps in a page of headless Chromium, cross-origin isolated so that it may have threads. */
export class ChromiumSide implements Contestant {
  readonly name: string;
  /** What the backend says of itself there. */
  readonly info: string;
  readonly version: string;
  readonly #context: BrowserContext;
  readonly #page: Page;
  readonly #server: Server;
  readonly #profile: string;

  /** @throws Error if Chromium is missing or the page fails. */
  static async start(name: string, site: string, caseFolder: string, threads: number): Promise<ChromiumSide> {
    const server = await serveFolders({ '/case/': caseFolder, '/': site });
    const profile = await mkdtemp(join(tmpdir(), 'rbm-bench-chromium-'));
    let context: BrowserContext | undefined;
    try {
      context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: flags });
      const page = await context.newPage();
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/index.html`);
      const info = await page.evaluate(
        ([folder, count]) => (window as unknown as { bench: BenchPage }).bench.start(folder, count),
        ['/case/', threads] as const,
      );
      return new ChromiumSide(name, info, context, page, server, profile);
    } catch (error) {
      await context?.close();
      await shutDown(server, profile);
      throw error;
    }
  }

  private constructor(
    name: string,
    info: string,
    context: BrowserContext,
    page: Page,
    server: Server,
    profile: string,
  ) {
    this.name = name;
    this.info = info;
    this.version = context.browser()?.version() ?? 'unknown';
    this.#context = context;
    this.#page = page;
    this.#server = server;
    this.#profile = profile;
  }

  run(steps: number): Promise<Timing> {
    return this.#page.evaluate((n) => (window as unknown as { bench: BenchPage }).bench.run(n), steps);
  }

  /** The backend's own tests compare it with Node. */
  async check(): Promise<Outcome> {
    return {};
  }

  async close(): Promise<void> {
    await this.#context.close();
    await shutDown(this.#server, this.#profile);
  }
}

async function shutDown(server: Server, profile: string): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  await rm(profile, { recursive: true, force: true });
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
