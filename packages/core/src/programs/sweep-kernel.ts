import { throwIfAborted } from '../contracts/abort.js';
import type { Buffer, Program, Site, Target } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { Kernel, StepOptions } from '../contracts/sampler.js';
import { type Chains, loadChains, startChains } from './chains.js';
import { hasWeightedBase, receiveInputs } from './receive.js';

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
 * The mean of each unit of a layer given all other units at a target, on the host: for sweeps that compute there. For Bernoulli
 * units, the probability of 1.
 *
 * @param states A buffer a layer, in order, of `chains` rows.
 * @returns `[chains, units · width]`
 */
export async function readMeans(
  program: Program,
  layer: number,
  states: readonly Buffer[],
  chains: number,
  target?: Target,
): Promise<Float64Array> {
  const buffers: Buffer[] = [];
  const allocate = (holds: 'inputs' | 'means'): Buffer => {
    const buffer = program.allocate({ holds, layer, rows: chains });
    buffers.push(buffer);
    return buffer;
  };
  try {
    const received = {
      inputs: allocate('inputs'),
      ...(hasWeightedBase(target) ? { base: allocate('inputs') } : {}),
    };
    receiveInputs(program, layer, states, received, target);
    const means = allocate('means');
    program.mean(layer, received, means, target && { ...target, clamp: noClamp(program) });
    return await program.backend.read(means);
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}

const noClamp = ({ model }: Program): undefined[] => model.layers.map(() => undefined);
