import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LargeReport, LossReport, SuiteReport, TrainingReport } from '../page/reports.js';

const run = promisify(execFile);
const CHROMIUM = process.env.CHROMIUM ?? '';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What draws where there is no graphics hardware. */
interface Renderer {
  readonly flags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Chromium's own. */
const swiftshader: Renderer = {
  flags: ['--disable-gpu', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  env: {},
};
/** Mesa's, which many machines without graphics hardware have. */
const llvmpipe: Renderer = {
  flags: ['--use-angle=gl-egl', '--ignore-gpu-blocklist'],
  env: { LIBGL_ALWAYS_SOFTWARE: '1', EGL_PLATFORM: 'surfaceless' },
};
/** Milliseconds after which a page that has not reported is given up, and its browser ended. */
const LIMIT = process.env.RBM_ALL_TESTS === undefined ? 550_000 : 1_200_000;
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Without Chromium there is nothing to test; where it belongs, its absence is a failure. */
const chromiumPresent = CHROMIUM !== '' || process.env.CI === 'true';
/** Mesa's renderer is a library of Linux, where it belongs too. */
const mesaPresent =
  process.platform === 'linux' &&
  (existsSync('/usr/share/glvnd/egl_vendor.d/50_mesa.json') || process.env.CI === 'true');

/** What the page imports. */
const PACKAGES = ['backend-gpujs', 'core', 'datasets', 'samplers', 'testkit', 'train'];

const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Puts a package where an application finds it, as it would be published. */
async function installPacked(id: string, application: string): Promise<void> {
  const target = join(application, 'node_modules', '@rbm', id);
  await mkdir(target, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', application], {
    cwd: inPackage(`../${id}`),
    shell: process.platform === 'win32',
  });
  await run('tar', ['-xzf', stdout.trim(), '-C', target, '--strip-components=1'], { cwd: application });
  const { dependencies = {} } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
  const foreign = Object.keys(dependencies).filter((name) => !name.startsWith('@rbm/'));
  await Promise.all(foreign.map((name) => link(id, name, application)));
}

/** Lets an application find what a package of the workspace has installed. */
async function link(id: string, name: string, application: string): Promise<void> {
  const installed = await realpath(inPackage(`../${id}/node_modules/${name}`));
  await symlink(installed, join(application, 'node_modules', name), 'dir');
}

/**
 * Builds the page as an application of packed packages would be: outside of the workspace, for production, with the default
 * minifier. @returns Its folder, for the caller to remove.
 */
async function buildPage(): Promise<string> {
  const application = await realpath(await mkdtemp(join(tmpdir(), 'rbm-page-')));
  await Promise.all(PACKAGES.map((id) => installPacked(id, application)));
  await link('backend-gpujs', 'gpu.js', application);
  await cp(inPackage('page'), join(application, 'page'), { recursive: true });
  await rm(join(application, 'page', 'tsconfig.json'));
  await build({
    root: join(application, 'page'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: join(application, 'built'), target: 'esnext', chunkSizeWarningLimit: 4096 },
  });
  return application;
}

/** Opens a built page in headless Chromium. @returns What it posts to `/report`. */
async function visit<Report>(
  folder: string,
  query: string,
  isolated: boolean,
  { flags, env }: Renderer = swiftshader,
): Promise<Report> {
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
    const own = ['--remote-debugging-port=0', `--user-data-dir=${profile}`];
    browser = spawn(CHROMIUM, [...FLAGS, ...flags, ...own, url], {
      env: { ...process.env, ...env },
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
    // Its processes may still write for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** How many checks of `backendSuite` are not about one operation on one kind of units. */
const CONTRACT = 19;
const CONTRACT_ONLY = '^[^:]*$';

/** A page that does some checks of `backendSuite`. */
interface SuitePage {
  readonly mode: 'webgl2' | 'webgpu';
  readonly on: string;
  readonly renderer: Renderer;
  /** Matches the names of the checks, of which there are so many. */
  readonly only: string;
  readonly checks: number;
}

const onSwiftshader = { on: 'SwiftShader', renderer: swiftshader };
const webgl2 = { mode: 'webgl2', ...(mesaPresent ? { on: 'llvmpipe', renderer: llvmpipe } : onSwiftshader) } as const;
const webgpu = { mode: 'webgpu', ...onSwiftshader } as const;
const devices = [webgl2, webgpu];

/**
 * Each device does what is not about one kind of units, and each kind that is computed on a device is on one of them; all renderers do
 * everything where `npm run test:e2e` asks for it. SwiftShader compiles shaders of WebGL2 ten times as long as Mesa: there, WebGL2 has
 * two pages.
 */
const suites: readonly SuitePage[] =
  process.env.RBM_ALL_TESTS !== undefined
    ? [
        { mode: 'webgl2', ...onSwiftshader, only: CONTRACT_ONLY, checks: CONTRACT },
        { mode: 'webgl2', ...onSwiftshader, only: ': ', checks: 40 },
        ...(mesaPresent ? [{ ...webgl2, only: '', checks: CONTRACT + 40 }] : []),
        { ...webgpu, only: '', checks: CONTRACT + 40 },
      ]
    : [
        // Shaders of both devices are the same but for the words of the language. One kind on the host is enough: it computes all of them
        // in the same way.
        { ...webgl2, only: "^([^:]*|.*: (bernoulli|spin|a stranger's layer))$", checks: CONTRACT + 18 },
        { ...webgpu, only: '^([^:]*|.*: (potts|gaussian))$', checks: CONTRACT + 11 },
      ];

describe.runIf(chromiumPresent)('a minified production build in headless Chromium', () => {
  let application = '';
  let folder: string;
  beforeAll(async () => {
    application = await buildPage();
    folder = join(application, 'built');
  }, 60_000);
  afterAll(() => rm(application, { recursive: true, force: true }));

  test.concurrent.each(suites)(
    '$mode on $on passes $checks checks of the suite, and does not call itself a GPU',
    { timeout: LIMIT + 20_000 },
    async ({ mode, on, renderer, only, checks }) => {
      const query = `task=suite&mode=${mode}&only=${encodeURIComponent(only)}`;
      const report = await visit<SuiteReport>(folder, query, false, renderer);
      expect(report.failures).toEqual({});
      expect(report.checks).toBe(checks);
      expect(report.info).toContain('software rendering on the processor');
      expect(report.info).toContain(mode === 'webgl2' ? 'WebGL2Kernel' : 'WebGPUKernel');
      if (on === 'llvmpipe') expect(report.info).toContain('llvmpipe');
      expect(report.info).not.toMatch(/\bGPU\b/);
      expect(report.random).toBe('key');
    },
  );

  // What it does with each kind of units does not depend on where it runs: that it runs is what is in question.
  test.each([true, false])(
    'webasm passes its contract, isolated: %s',
    { timeout: LIMIT + 20_000 },
    async (isolated) => {
      const query = 'task=suite&mode=webasm&only=^[^:]*$';
      const report = await visit<SuiteReport>(folder, query, isolated);
      expect(report.failures).toEqual({});
      expect(report.isolated).toBe(isolated);
      expect(report.checks).toBe(CONTRACT);
      expect(report.info).toContain('WebAssemblyKernel');
    },
  );

  test('auto prefers WebAssembly to graphics that a processor draws', { timeout: LIMIT + 20_000 }, async () => {
    const { info } = await visit<SuiteReport>(folder, 'task=suite&mode=auto&only=manifest', false);
    expect(info).toContain('WebAssemblyKernel');
  });

  test.each(devices)(
    '$mode computes machines as large as those for pictures',
    { timeout: LIMIT + 20_000 },
    async ({ mode, renderer }) => {
      const { states, different, error } = await visit<LargeReport>(folder, `task=large&mode=${mode}`, false, renderer);
      expect(states).toBe(67 * (785 + 513));
      // Uniforms that are within rounding of a probability.
      expect(different).toBeLessThan(states / 1000);
      expect(error).toBeLessThan(1e-5);
    },
  );

  // Twelve seeds of the reference backend came to 1.08 to 1.79 nats in as many steps, from 3.62.
  test.concurrent.each(devices)(
    'bars and stripes are learned on $mode',
    { timeout: LIMIT + 20_000 },
    async ({ mode, renderer }) => {
      const report = await visit<TrainingReport>(folder, `task=training&mode=${mode}&epochs=400`, false, renderer);
      expect(report.divergence).toBeGreaterThan(0.95);
      expect(report.divergence).toBeLessThan(1.95);
      expect(report.memory).toEqual({ buffers: 0, bytes: 0 });
    },
  );

  test.each(devices)(
    '$mode: a steady state makes nothing, all is released, a lost device is told',
    { timeout: LIMIT + 20_000 },
    async ({ mode, renderer }) => {
      const report = await visit<LossReport>(folder, `task=loss&mode=${mode}`, false, renderer);
      expect(report.made).toBeGreaterThan(0);
      expect(report.late).toBe(0);
      expect(report.left).toBe(0);
      expect(report.code).toBe('BACKEND_FAILED');
      expect(report.message).toContain('was lost');
      // On another backend, from the last snapshot to the end.
      expect(report.from).toBe(40);
      expect(report.to).toBe(120);
    },
  );
});
