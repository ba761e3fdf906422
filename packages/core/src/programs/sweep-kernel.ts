import { throwIfAborted } from '../contracts/abort.js';
import type { Buffer, Program, Site, Target } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { Kernel, StepOptions } from '../contracts/sampler.js';
import { type Chains, loadChains, startChains } from './chains.js';

/**
 * One sweep over chains in place, at a target (none: the model at the live parameters), which goes to every operation of the
 * sweep. `states` has a `states` buffer a layer, in order, of `chains` rows; the sweep's uniforms are those of step `site.step`.
 */
export type Sweep = (
  states: readonly Buffer[],
  site: Site,
  chains: number,
  target: Target | undefined,
) => Promise<void>;

/**
 * A kernel that remembers nothing but the chains' values: a sweep is all its author writes. Ownership of states,
 * snapshots, cancelling and the count of sweeps follow the contract of `Kernel`.
 */
export function sweepKernel(program: Program, sweep: Sweep): Kernel<Chains> {
  return {
    init: async (random, position) => startChains(program, random, position),
    load: async (snapshot) => loadChains(program, snapshot),
    save: (state) => state.save(program),
    step: async (state, random, sweeps, options = {}) => {
      const { signal, target } = options;
      const { layers, chains, sweeps: done } = state.take();
      const next = state.advanced(sweeps);
      try {
        if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
          throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
        }
        refuseSharing(options);
        throwIfAborted(signal);
        for (let s = 0; s < sweeps; s++) {
          await sweep(layers, { random, step: done + s }, chains, target);
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

/** @throws RbmError `UNSUPPORTED` for options of `step` that only kernels with `sharesInputs` can follow. */
export function refuseSharing({ firstBlock = 'draw', inputs }: StepOptions): void {
  if (firstBlock === 'draw' && !inputs) return;
  throw new RbmError(
    'UNSUPPORTED',
    'A step was asked to start after the first block, or to leave its inputs; this kernel does not move block by block. See ' +
      '`sharesInputs`.',
  );
}

/**
 * What all other units send to those of a layer, on the host: for sweeps that compute there.
 *
 * @param states A buffer a layer, in order, of `chains` rows.
 * @param parameters A `parameters` buffer (default: the live parameters).
 * @returns `[chains, units · width]`
 */
export async function readInputs(
  program: Program,
  layer: number,
  states: readonly Buffer[],
  chains: number,
  parameters?: Buffer,
): Promise<Float64Array> {
  const buffer = program.allocate({ holds: 'inputs', layer, rows: chains });
  try {
    program.affine(layer, states, buffer, parameters);
    return await program.backend.read(buffer);
  } finally {
    buffer.dispose();
  }
}
