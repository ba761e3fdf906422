import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import { reference } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';

/** Somebody who runs in the race. */
export interface Contestant {
  readonly name: string;
  readonly open: () => Backend | Promise<Backend>;
}

const byThreads = (threads: number): Contestant => ({
  name: `WebAssembly, ${threads} thread${threads > 1 ? 's' : ''}`,
  open: () => wasm({ threads }),
});

const byGpujs = (mode: GpujsMode): Contestant => ({
  name: `gpu.js, ${mode}`,
  open: () => gpujs({ gpu: () => import('gpu.js'), mode }),
});

/**
 * All who could run on a machine. Threads need memory that they share; there are races of one thread, of two, and of all
 * processors.
 */
export function contestants(processors: number, shared: boolean): Contestant[] {
  const threads = [...new Set([1, 2, Math.min(8, processors)])].filter((n) => n <= processors && (n === 1 || shared));
  return [
    ...threads.map(byThreads),
    byGpujs('webgpu'),
    byGpujs('webgl2'),
    byGpujs('webasm'),
    byGpujs('cpu'),
    { name: 'reference, float64', open: reference },
  ];
}
