import { wasm } from '@rbm/backend-wasm';
import { type Backend, type EnergyModel, reference } from '@rbm/core';
import type { Options } from 'yargs';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** Where models are computed. */
export interface BackendArguments {
  /** `wasm`, `reference`, or a plugin's. */
  backend: string;
  threads?: number;
}

/** The options that choose a backend. */
export const backendOptions: Record<string, Options> = {
  backend: {
    type: 'string',
    default: 'wasm',
    describe:
      'wasm (WebAssembly in float32 on all processors), reference (the slow oracle in float64 that it is checked against), or the name of one that a plugin provides',
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
export async function openBackend(
  { backend, threads }: BackendArguments,
  model: EnergyModel,
  pieces: Pieces,
): Promise<Backend> {
  if (backend === 'wasm') return wasm({ threads: threads ?? (model.layout.length < SMALL_MODEL ? 1 : 'auto') });
  if (threads !== undefined) throw new UsageError(`--threads is for --backend wasm, not ${backend}.`);
  if (backend === 'reference') return reference();
  if (backend.includes('/')) return pieces.backend(backend);
  throw new UsageError(`--backend ${backend}: expected wasm, reference, or a plugin's name.`);
}
