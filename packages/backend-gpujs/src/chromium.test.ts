import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageReport } from '../page/main.js';
import { buildPage, chromiumPresent, visit } from './chromium.testing.js';

describe.runIf(chromiumPresent)('a minified production build in headless Chromium', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await buildPage();
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(['webgl2', 'webgpu', 'webasm'])('%s', { timeout: 300_000 }, async (mode) => {
    const t = performance.now();
    const report = await visit<PageReport>(folder, `mode=${mode}`, false);
    console.log(JSON.stringify(report, null, 1).slice(0, 5000), performance.now() - t);
    expect(report.failures).toEqual({});
  });
});
