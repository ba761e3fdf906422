import { generator, RbmError } from '@rbm/core';
import * as gpu from 'gpu.js';
import { describe, expect, test } from 'vitest';
import { gpujs } from './backend.js';
import { Engine } from './engine.js';
import type { Gpujs, GpujsModule } from './gpu-module.js';
import { webglAdapter, webgpuAdapter } from './modes.js';
import { limbs, philoxKernel } from './philox-source.js';

async function failure(work: () => Promise<unknown>): Promise<RbmError> {
  const error = await work().catch((caught: unknown) => caught);
  if (!RbmError.isInstance(error)) throw new Error(`No RbmError, but ${String(error)}.`);
  return error;
}

describe('opening', () => {
  test.each([
    ['cannot be imported', () => Promise.reject(new Error('Cannot find package'))],
    ['is something else', () => Promise.resolve({ default: {} })],
    ['is not given', undefined as unknown as GpujsModule],
  ])('says what to install when gpu.js %s', async (_, source) => {
    const { code, message } = await failure(() => gpujs({ gpu: source }));
    expect(code).toBe('UNSUPPORTED');
    expect(message).toContain('npm install gpu.js');
  });

  test.each([
    ['the module', gpu],
    ['a function that imports it', () => import('gpu.js')],
    ['its default export', (gpu as unknown as { default: GpujsModule }).default],
  ])('takes %s', async (_, source) => {
    const backend = await gpujs({ gpu: source, mode: 'cpu' });
    expect(backend.info).toBe(
      'gpujs backend: gpu.js on the processor, JavaScript, one thread, float32, kernel class CPUKernel',
    );
    await backend.close();
  });

  test('refuses modes that do not exist, and those that do not work here', async () => {
    expect((await failure(() => gpujs({ gpu, mode: 'headlessgl' as 'cpu' }))).code).toBe('ARGUMENT_INVALID');
    for (const mode of ['webgpu', 'webgl2'] as const) {
      const { code, message } = await failure(() => gpujs({ gpu, mode }));
      expect(code).toBe('UNSUPPORTED');
      expect(message).toContain(mode);
    }
  });

  test('auto takes what answers, and does not call it a GPU', async () => {
    const backend = await gpujs({ gpu });
    expect(backend.info).toContain('WebAssemblyKernel');
    expect(backend.info).not.toMatch(/\bGPU\b/);
    await backend.close();
  });

  test('auto passes over an engine that computes wrongly', async () => {
    // A kernel class that is not the one asked for, as where gpu.js falls back.
    const module = gpu as unknown as Gpujs;
    const broken = { ...module, GPU: module.GPU, input: module.input, WebAssemblyKernel: class {} };
    const backend = await gpujs({ gpu: broken as unknown as GpujsModule });
    expect(backend.info).toContain('CPUKernel');
    await backend.close();
  });
});

describe('adapters', () => {
  const gl = (renderer: string) => ({
    RENDERER: 1,
    getExtension: () => ({ UNMASKED_RENDERER_WEBGL: 2 }),
    getParameter: (parameter: number) => (parameter === 2 ? renderer : 'WebKit WebGL'),
  });

  test.each([
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'llvmpipe (LLVM 15.0.6, 256 bits)',
    'ANGLE (Mesa, llvmpipe (LLVM 15.0.7 256 bits), OpenGL 4.5)',
    'Microsoft Basic Render Driver',
    'softpipe',
  ])('WebGL on %s is software', (renderer) => {
    expect(webglAdapter(gl(renderer))).toEqual({ adapter: renderer, software: true });
  });

  test('WebGL on graphics hardware is not', () => {
    const renderer = 'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)';
    expect(webglAdapter(gl(renderer)).software).toBe(false);
  });

  test.each([
    [{ vendor: 'google', architecture: 'swiftshader' }, true],
    [{ vendor: 'mesa', device: 'llvmpipe', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true],
    [{ vendor: 'acme', isFallbackAdapter: true }, true],
    [{ vendor: 'nvidia', architecture: 'ampere' }, false],
  ])('WebGPU on %j: software is %s', (info, software) => {
    expect(webgpuAdapter({ adapter: { info } }).software).toBe(software);
  });
});

describe.each(['webasm', 'cpu'] as const)('uniforms made by a kernel on %s', (mode) => {
  test.each([
    { seed: 1, step: 0, chain: 0, unit: 0, draws: 1 },
    { seed: 7, step: 5, chain: 100_000, unit: 3, draws: 2 },
    { seed: 2 ** 53 - 1, step: 2 ** 40 + 77, chain: 2 ** 32 - 8, unit: 70_001, draws: 254 },
  ])('are the bits of core: %j', async ({ seed, step, chain, unit, draws }) => {
    const engine = new Engine(gpu as unknown as Gpujs, mode);
    const random = generator(seed);
    const words = [...random.key, step % 2 ** 32].flatMap(limbs);
    const shape = { columns: 9 * draws, rows: 7 };
    const kernel = philoxKernel(engine);
    const made = await kernel.run(shape, { draws }, ...words, Math.floor(step / 2 ** 32), ...limbs(chain), unit);
    const wanted = Float32Array.from({ length: shape.columns * shape.rows }, (_, i) => {
      const column = i % shape.columns;
      return random.uniform(
        chain + Math.floor(i / shape.columns),
        unit + Math.floor(column / draws),
        step,
        column % draws,
      );
    });
    expect(await engine.download(made)).toEqual(wanted);
    made.release();
    expect(engine.live).toBe(0);
    await engine.close();
  });
});
