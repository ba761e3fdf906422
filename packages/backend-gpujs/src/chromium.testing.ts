import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
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
/** Milliseconds after which a page that has not reported is given up, and its browser ended. */
const LIMIT = 100_000;
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Without Chromium there is nothing to test; where it belongs, its absence is a failure. */
export const chromiumPresent: boolean = existsSync(CHROMIUM) || process.env.CI === 'true';

/** Builds the page as an application would be: production, default minifier. @returns Its folder, for the caller to remove. */
export async function buildPage(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'rbm-page-'));
  await build({
    root: fileURLToPath(new URL('../page', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, target: 'esnext', chunkSizeWarningLimit: 4096 },
  });
  return outDir;
}

/** Opens a built page in headless Chromium. @returns What it posts to `/report`. */
export async function visit<Report>(folder: string, query: string, isolated: boolean): Promise<Report> {
  let receive: (report: string) => void;
  let timer: NodeJS.Timeout | undefined;
  const reported = new Promise<string>((resolve, reject) => {
    receive = resolve;
    timer = setTimeout(() => reject(new Error(`The page did not report within ${LIMIT / 1000} seconds.`)), LIMIT);
  });
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end();
      receive(body);
      return;
    }
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = join(folder, path === '/' ? 'index.html' : path);
    if (existsSync(file)) {
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(await readFile(file));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = await mkdtemp(join(tmpdir(), 'rbm-chromium-'));
  let browser: ChildProcess | undefined;
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?${query}`;
    browser = spawn(CHROMIUM, [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url], {
      stdio: 'ignore',
    });
    return JSON.parse(await reported) as Report;
  } finally {
    clearTimeout(timer);
    const ended = new Promise((resolve) => browser?.once('exit', resolve));
    browser?.kill();
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
