import { type GpujsOptions, type GpujsUnits, gpujs } from '@rbm/backend-gpujs';
import { RbmError } from '@rbm/core';

/** The source of one of the functions that a layer of units of one number brings. */
export const mean: GpujsUnits['mean'] = 'function unitMean(input, bias) { return input + bias; }';

/** What is said where gpu.js, which is optional, is not installed. */
export default async function use(): Promise<string> {
  const options: GpujsOptions = { gpu: () => Promise.reject(new Error('not installed')), mode: 'webgpu' };
  try {
    const backend = await gpujs(options);
    return backend.info;
  } catch (error) {
    return RbmError.isInstance(error) ? error.code : String(error);
  }
}

/** Never called: what the compiler has to refuse. */
export function refused(options: GpujsOptions): void {
  // @ts-expect-error Without gpu.js there is nothing to run on.
  void gpujs({ mode: 'auto' });
  // @ts-expect-error There is no such mode.
  void gpujs({ ...options, mode: 'cuda' });
}
