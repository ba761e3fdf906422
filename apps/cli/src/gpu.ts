import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { RbmError } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { packageFile } from './config.js';

/** The engines of gpu.js, as `--backend gpujs:MODE` names them. */
export const gpujsModes: readonly GpujsMode[] = ['webgpu', 'webgl2', 'webasm', 'cpu'];

/**
 * The gpu.js backend. The module `gpu.js`, and for WebGPU in Node the package `webgpu`, are those installed in the user's project.
 *
 * @throws RbmError `UNSUPPORTED` if `gpu.js` is not installed there, or if the mode does not work here.
 */
export async function openGpujs(mode: GpujsMode | 'auto', project: string): Promise<Backend> {
  if (packageFile('gpu.js', project) === undefined) {
    throw new RbmError('UNSUPPORTED', 'The backend gpujs needs gpu.js in this folder: npm install gpu.js@^2.24.1');
  }
  const trouble = mode === 'webgpu' || mode === 'auto' ? await provideWebgpu(project) : undefined;
  try {
    return await gpujs({ gpu: () => importFrom('gpu.js', project), mode });
  } catch (error) {
    if (mode !== 'webgpu' || trouble === undefined || !RbmError.isInstance(error)) throw error;
    throw new RbmError(error.code, `${error.message} ${trouble}`, { cause: error });
  }
}

/** A backend on graphics hardware, if there is any that answers; never one that only draws in software. */
export async function findGpu(project: string): Promise<Backend | undefined> {
  if (packageFile('gpu.js', project) === undefined) return undefined;
  const backend = await openGpujs('auto', project).catch(() => undefined);
  if (backend === undefined || / GPU \(/.test(backend.info)) return backend;
  await backend.close();
  return undefined;
}

/** Gives Node the WebGPU of the package `webgpu`, as its readme says. Returns why not, if not. */
async function provideWebgpu(project: string): Promise<string | undefined> {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu) return undefined;
  if (packageFile('webgpu', project) === undefined) return 'In Node, WebGPU is the package webgpu: npm install webgpu';
  try {
    const { create, globals } = (await importFrom('webgpu', project)) as {
      create(flags: readonly string[]): unknown;
      globals: object;
    };
    Object.assign(globalThis, globals);
    const gpu = { value: create([]), configurable: true };
    if (navigator) Object.defineProperty(navigator, 'gpu', gpu);
    else Object.defineProperty(globalThis, 'navigator', { value: { gpu: gpu.value }, configurable: true });
    return undefined;
  } catch (cause) {
    return `The package webgpu could not be loaded: ${cause instanceof Error ? cause.message : cause}`;
  }
}

async function importFrom(name: string, project: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const base = pathToFileURL(join(project, 'here.js')).href;
  return import(createJiti(base).esmResolve(name, base));
}
