import type { GpujsMode } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import { type EnergyModel, reference } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import type { Options } from 'yargs';
import { findGpu, gpujsModes, openGpujs } from './gpu.js';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** Where models are computed. */
export interface BackendArguments {
  /** `wasm`, `reference`, `gpujs`, `gpujs:MODE`, `auto`, or a plugin's. */
  backend: string;
  threads?: number;
}

/** The options that choose a backend. */
export const backendOptions: Record<string, Options> = {
  backend: {
    type: 'string',
    default: 'wasm',
    describe:
      'wasm (WebAssembly in float32 on all processors), reference (the slow oracle in float64 that it is checked against), gpujs[:webgpu|webgl2|webasm|cpu] (gpu.js of this folder), auto (a GPU for large models if one answers, else wasm), or the name of one that a plugin provides',
  },
  threads: {
    type: 'number',
    describe:
      'Threads of --backend wasm (default: one for small models, else as many as there are processors, up to 8)',
  },
};

/** Below so many parameters, threads wait for one another longer than they compute. */
const SMALL_MODEL = 20_000;

/**
 * From so many parameters on, `auto` looks for graphics hardware. Below, a step takes WebAssembly a few milliseconds, about
 * what the dozen calls of a step take to reach a graphics card.
 */
const LARGE_MODEL = 2_000_000;

/**
 * The backend that a command line names, for one model: small ones get one thread (default: as many as are worth their while). The
 * caller closes it.
 *
 * @throws UsageError for threads of a backend that has none; RbmError as `wasm`.
 */
export async function openBackend(
  { backend, threads }: BackendArguments,
  model: EnergyModel,
  pieces: Pieces,
): Promise<Backend> {
  if (backend === 'auto') {
    const gpu = model.layout.length >= LARGE_MODEL && threads === undefined ? await findGpu(process.cwd()) : undefined;
    return gpu ?? openBackend({ backend: 'wasm', ...(threads === undefined ? {} : { threads }) }, model, pieces);
  }
  if (backend === 'wasm') return wasm({ threads: threads ?? (model.layout.length < SMALL_MODEL ? 1 : 'auto') });
  if (threads !== undefined) throw new UsageError(`--threads is for --backend wasm, not ${backend}.`);
  if (backend === 'reference') return reference();
  if (backend.includes('/')) return pieces.backend(backend);
  const [name, mode = 'auto'] = backend.split(':', 2);
  if (name === 'gpujs' && (mode === 'auto' || gpujsModes.includes(mode as GpujsMode))) {
    return openGpujs(mode as GpujsMode | 'auto', process.cwd());
  }
  throw new UsageError(
    `--backend ${backend}: expected wasm, reference, gpujs, one of its modes like gpujs:${gpujsModes.join(', gpujs:')}, auto, or a plugin's name.`,
  );
}
