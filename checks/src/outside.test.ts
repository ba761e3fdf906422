import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import type { Browser } from 'playwright-core';
import { build, createServer, type PreviewServer, preview, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import webpack from 'webpack';
import { chromiumPath, launch } from './browser.ts';
import {
  browserEntries,
  compile,
  compilers,
  entries,
  html,
  plainEntries,
  requireAll,
  runCli,
  runningNode,
  runProgram,
  useOf,
  writeProgram,
} from './stranger.ts';
import type { EntryPoint } from './workspace.ts';

const { npm, pnpm } = inject('packed');
const ownScriptsOnly = "default-src 'none'; script-src 'self'";
let results: Record<string, string>;

beforeAll(async () => {
  await writeProgram(npm);
  results = await runProgram(runningNode, npm);
});

describe('installed by npm', () => {
  it('runs as ES modules', () => {
    expect(Object.keys(results)).toEqual(entries.map(({ specifier }) => specifier));
    expect(Object.values(results).every((line) => line.length > 0 && !/undefined|NaN|Infinity/.test(line))).toBe(true);
  });

  it('can be required', async () => {
    const counts = await requireAll(runningNode, npm);
    expect(entries.filter(({ specifier }) => !((counts[specifier] ?? 0) > 0))).toEqual([]);
  });

  it('has a command line', async () => {
    expect(await runCli(runningNode, npm)).toMatchObject({
      logLikelihood: expect.anything(),
      baseline: expect.anything(),
    });
  });
});

describe('installed by pnpm', () => {
  it('runs as ES modules with the same results', async () => {
    await writeProgram(pnpm);
    expect(await runProgram(runningNode, pnpm)).toEqual(results);
  });

  it('can be required', async () => {
    expect(await requireAll(runningNode, pnpm)).toEqual(await requireAll(runningNode, npm));
  });

  it('has a command line', async () => {
    expect(await runCli(runningNode, pnpm)).toHaveProperty('logLikelihood');
  });
});

it.each(entries)('$specifier has types that refuse what is wrong', async (entry) => {
  const use = await readFile(join(npm, 'uses', `${useOf(entry)}.ts`), 'utf8');
  expect(use).toMatch(/@ts-expect-error/);
});

describe.each(compilers)('compiled by %s', (compiler) => {
  it.each(['nodenext', 'bundler'] as const)('passes with the resolution %s', (resolution) =>
    compile(npm, compiler, resolution, false),
  );
});

// A missing browser is a skipped test for a developer, and a failure where CI runs.
describe.skipIf(!chromiumPath && !process.env.CI)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** Opens a page, and waits for what the program on it found. */
  async function resultsOn(url: string): Promise<{ results: unknown; isolated: boolean; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    try {
      await page.goto(url);
      const seen = await page.waitForFunction(() => (globalThis as { results?: unknown }).results, null, {
        timeout: 60_000,
      });
      return { results: await seen.jsonValue(), isolated: await page.evaluate(() => crossOriginIsolated), complaints };
    } finally {
      await page.close();
    }
  }

  const expected = (used: readonly EntryPoint[]) =>
    Object.fromEntries(used.map(({ specifier }) => [specifier, results[specifier]]));

  const urlOf = (server: ViteDevServer | PreviewServer) => server.resolvedUrls?.local[0] ?? '';

  /** Serves a folder below the stranger's as it stands, and checks what the page in it finds. */
  async function expectSameResults(
    outDir: string,
    used = browserEntries,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const server = await preview({
      root: npm,
      configFile: false,
      logLevel: 'error',
      build: { outDir },
      preview: { port: 0, host: '127.0.0.1', headers },
    });
    try {
      const isolated = 'Cross-Origin-Opener-Policy' in headers;
      expect(await resultsOn(urlOf(server))).toEqual({ results: expected(used), isolated, complaints: [] });
    } finally {
      await server.close();
    }
  }

  it('runs from the development server of Vite', async () => {
    const server = await createServer({
      root: npm,
      configFile: false,
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1' },
    });
    try {
      await server.listen();
      expect(await resultsOn(urlOf(server))).toMatchObject({ results: expected(browserEntries) });
    } finally {
      await server.close();
    }
  });

  it('runs when built by Vite', async () => {
    await build({ root: npm, configFile: false, logLevel: 'error', build: { outDir: 'vite' } });
    await expectSameResults('vite');
  });

  it('runs when built by webpack', async () => {
    const compiler = webpack({
      mode: 'production',
      context: npm,
      entry: './page.js',
      output: { path: join(npm, 'webpack'), filename: 'page.js' },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      compiler?.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
    await writeFile(join(npm, 'webpack/index.html'), html('/page.js'));
    await expectSameResults('webpack');
  });

  async function buildWithEsbuild(script: string, outDir: string): Promise<void> {
    const entryPoints = [join(npm, script)];
    const outfile = join(npm, outDir, 'page.js');
    await esbuild({ entryPoints, bundle: true, minify: true, format: 'esm', outfile, logLevel: 'silent' });
    await writeFile(join(npm, outDir, 'index.html'), html('/page.js'));
  }

  it('runs when built by esbuild, cross-origin isolated, where WebAssembly and workers are all that is let in', async () => {
    await buildWithEsbuild('page.js', 'esbuild');
    await expectSameResults('esbuild', browserEntries, {
      'Content-Security-Policy': `${ownScriptsOnly} 'wasm-unsafe-eval'; worker-src blob:; img-src data:`,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
  });

  it('runs where nothing but own scripts is let in', async () => {
    await buildWithEsbuild('plain-page.js', 'plain');
    await expectSameResults('plain', plainEntries, { 'Content-Security-Policy': `${ownScriptsOnly}; img-src data:` });
  });
});
