import { wasm } from '@rbm/backend-wasm';
import { type Backend, type EnergyModel, reference } from '@rbm/core';
import type { Options } from 'yargs';
import { UsageError } from './usage-error.js';

/** Where models are computed. */
export interface BackendArguments {
  backend: 'wasm' | 'reference';
  threads?: number;
}

/** The options that choose a backend. */
export const backendOptions: Record<string, Options> = {
  backend: {
    choices: ['wasm', 'reference'],
    default: 'wasm',
    describe: 'WebAssembly in float32 on all processors, or the slow oracle in float64 that it is checked against',
  },
  threads: {
    type: 'number',
    describe:
      'Threads of --backend wasm; one for small models, else as many as there are processors, up to 8, unless given',
  },
};

/** Below so many parameters, threads wait for one another longer than they compute. */
const SMALL_MODEL = 20_000;

/**
 * The backend that a command line names, for one model: small ones get one thread unless told otherwise. Whoever opens it
 * closes it.
 *
 * @throws UsageError for threads of a backend that has none; RbmError as `wasm`.
 */
export async function openBackend({ backend, threads }: BackendArguments, model: EnergyModel): Promise<Backend> {
  if (backend === 'wasm') return wasm({ threads: threads ?? (model.layout.length < SMALL_MODEL ? 1 : 'auto') });
  if (threads !== undefined) throw new UsageError('--threads is for --backend wasm; the reference has one thread.');
  return reference();
}
