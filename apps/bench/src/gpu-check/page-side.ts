import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckRequest } from './requests.js';
import { type Message, Pending, type Side } from './side.js';

const site: string = fileURLToPath(new URL('./page', import.meta.url));
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
];
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // OpenGL through EGL, whatever list of drivers the browser keeps.
  '--use-angle=gl-egl',
  '--ignore-gpu-blocklist',
];

/** A browser on this machine: `CHROMIUM`, or where systems install one. */
export function findBrowser(): string | undefined {
  return [process.env.CHROMIUM, ...browsers].find((path) => path !== undefined && existsSync(path));
}

/** Opens a page in a headless browser that answers requests: WebGL2 on OpenGL through EGL. */
export async function startPage(browser: string): Promise<Side> {
  const pending = new Pending();
  const queue: CheckRequest[] = [];
  let waiting: ServerResponse | undefined;
  const hand = (): void => {
    const request = waiting && queue.shift();
    if (!waiting || !request) return;
    waiting.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(request));
    waiting = undefined;
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/next') {
      waiting = response;
      hand();
    } else if (path === '/report') {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end();
      pending.receive(JSON.parse(body) as Message);
    } else {
      const file = join(site, path);
      if (!existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
      response.end(await readFile(file));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = await mkdtemp(join(tmpdir(), 'rbm-gpu-check-'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/check.html`;
  const child = spawn(browser, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true, // Its processes are ended together.
  });
  child.on('error', (error) => pending.end(error.message));
  child.on('exit', (code, signal) => {
    pending.end(`the browser ended (${signal ?? code})`);
    server.closeAllConnections();
    server.close();
    rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
  });
  return {
    ask(request, part) {
      const reply = pending.start(part);
      queue.push(request);
      hand();
      return reply;
    },
    kill() {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    },
  };
}
