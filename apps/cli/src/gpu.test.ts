import { mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, rbm } from './run.testing.js';

const TIMEOUT = 60_000;
const training = [
  ...['train', '--data', 'bars-and-stripes:3', '--hidden', '6', '--epochs', '20', '--sample-sweeps', '5'],
  ...['--out', 'run', '--force', '--backend'],
];

/** A project that has installed gpu.js. */
async function installGpujs(folder: string): Promise<void> {
  const found = createRequire(import.meta.url).resolve('gpu.js/package.json');
  await mkdir(join(folder, 'node_modules'));
  await symlink(await realpath(dirname(found)), join(folder, 'node_modules/gpu.js'));
}

async function likelihoodBy(backend: string, folder: string): Promise<number> {
  const run = await rbm([...training, backend], folder);
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
  const lines = (await readFile(join(folder, 'run/metrics.jsonl'), 'utf8')).trim().split('\n');
  return JSON.parse(lines.at(-1) as string).logLikelihoodTrain;
}

describe('gpu.js of the project', () => {
  it('trains as WebAssembly does', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      await installGpujs(folder);
      const wasm = await likelihoodBy('wasm', folder);
      expect(await likelihoodBy('gpujs:webasm', folder)).toBeCloseTo(wasm, 4);
      // No graphics hardware is looked for where the model is small.
      expect(await likelihoodBy('auto', folder)).toBe(wasm);
      const run = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
      expect([run.settings.backend, run.backend]).toEqual(['auto', expect.stringContaining('wasm backend')]);
    }),
  );

  it('is asked for where it is missing', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const run = await rbm([...training, 'gpujs'], folder);
      expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/npm install gpu\.js.*\(UNSUPPORTED\)/) });
      const wrong = await rbm([...training, 'gpujs:cuda'], folder);
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('gpujs:webgpu, gpujs:webgl2') });
    }),
  );

  it('is explained by rbm doctor, mode by mode', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const states = async (): Promise<Record<string, { works: boolean; info: string }>> => {
        const { backends } = JSON.parse((await rbm(['doctor', '--json'], folder)).stdout);
        return Object.fromEntries(backends.map(({ name, ...state }: { name: string }) => [name, state]));
      };
      expect((await states())['gpujs:cpu']).toEqual({ works: false, info: expect.stringContaining('npm install') });
      await installGpujs(folder);
      expect(await states()).toMatchObject({
        wasm: { works: true },
        'gpujs:webgpu': { works: false, info: expect.stringContaining('npm install webgpu') },
        'gpujs:webgl2': { works: false },
        'gpujs:webasm': { works: true, info: expect.stringContaining('WebAssemblyKernel') },
        'gpujs:cpu': { works: true, info: expect.stringContaining('CPUKernel') },
      });
    }),
  );
});
