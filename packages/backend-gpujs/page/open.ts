import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import type { Backend } from '@rbm/core/contracts';

/** The backend in the mode of the query. */
export function open(parameters: URLSearchParams): Promise<Backend> {
  return gpujs({ gpu: () => import('gpu.js'), mode: parameters.get('mode') as GpujsMode | 'auto' });
}
