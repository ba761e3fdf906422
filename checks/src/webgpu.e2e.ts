import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { run } from './run.ts';

// WebGPU outside of a browser: the package `webgpu`, on the driver that Chromium brings and that computes on the processor. It loads
// that driver by Debian's `libvulkan1`.

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** How many checks `backendSuite` has. */
const CHECKS = 59;

const { tarballs } = inject('packed');

describe.runIf(existsSync(driver))('gpu.js on WebGPU in Node', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'rbm-webgpu-')));
    const packages = ['core', 'backend-gpujs', 'samplers', 'testkit', 'train'].map((id) => `@rbm/${id}`);
    const dependencies = Object.fromEntries(packages.map((name) => [name, `file:${tarballs[name]}`]));
    const manifest = {
      private: true,
      type: 'module',
      dependencies: { ...dependencies, 'gpu.js': '2.24.1', webgpu: '0.6.2' },
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder });
    await copyFile(fileURLToPath(new URL('../stranger/webgpu.mjs', import.meta.url)), join(folder, 'webgpu.mjs'));
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('passes the conformance suite, and does not call itself a GPU', async () => {
    const env = { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver };
    const { stdout } = await run(process.execPath, ['webgpu.mjs'], { cwd: folder, env, timeout: 580_000 });
    const { info, checks, failures } = JSON.parse(stdout.trim().split('\n').at(-1) as string);
    expect(failures).toEqual({});
    expect(checks).toBe(CHECKS);
    expect(info).toMatch(/swiftshader/i);
    expect(info).toContain('software rendering on the processor');
    expect(info).toContain('WebGPUKernel');
    expect(info).not.toMatch(/\bGPU\b/);
  });
});
