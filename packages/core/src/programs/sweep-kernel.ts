import { throwIfAborted } from '../contracts/abort.js';
import type { Buffer, Program, Site } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { Kernel } from '../contracts/sampler.js';
import { type Chains, loadChains, startChains } from './chains.js';

/**
 * One sweep over chains in place. `states` has a `states` buffer a layer, in order, of `chains` rows; the sweep's
 * uniforms are those of step `site.step`.
 */
export type Sweep = (states: readonly Buffer[], site: Site, chains: number) => Promise<void>;

/**
 * A kernel that remembers nothing but the chains' values: a sweep is all its author writes. Ownership of states,
 * snapshots, cancelling and the count of sweeps follow the contract of `Kernel`.
 */
export function sweepKernel(program: Program, sweep: Sweep): Kernel<Chains> {
  return {
    init: async (random, position) => startChains(program, random, position),
    load: async (snapshot) => loadChains(program, snapshot),
    save: (state) => state.save(program),
    step: async (state, random, sweeps, { signal } = {}) => {
      const { layers, chains, sweeps: done } = state.take();
      const next = state.advanced(sweeps);
      try {
        if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
          throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
        }
        throwIfAborted(signal);
        for (let s = 0; s < sweeps; s++) {
          await sweep(layers, { random, step: done + s }, chains);
          throwIfAborted(signal);
        }
      } catch (error) {
        next.dispose();
        throw error;
      }
      return { state: next, info: {} };
    },
  };
}

/**
 * What all other units send to those of a layer, on the host: for sweeps that compute there.
 *
 * @param states A buffer a layer, in order, of `chains` rows.
 * @returns `[chains, units · width]`
 */
export async function readInputs(
  program: Program,
  layer: number,
  states: readonly Buffer[],
  chains: number,
): Promise<Float64Array> {
  const buffer = program.allocate({ holds: 'inputs', layer, rows: chains });
  try {
    program.affine(layer, states, buffer);
    return await program.backend.read(buffer);
  } finally {
    buffer.dispose();
  }
}
