import { type Generator, RbmError } from '@rbm/core';
import {
  type Buffer,
  type ChainSnapshot,
  type Chains,
  type Kernel,
  type KernelInfo,
  loadChains,
  type Position,
  type Program,
  refuseSharing,
  type Sampler,
  type Site,
  type StepOptions,
  startChains,
  type Target,
  throwIfAborted,
} from '@rbm/core/contracts';

/** One sweep over the layers' states, in place, at a target. */
export type Sweep = (
  program: Program,
  layers: readonly Buffer[],
  site: Site,
  target: Target | undefined,
) => void | Promise<void>;

/** A sampler that keeps the contract around any sweep, right or wrong. */
export function sweepSampler(name: string, sweep: Sweep, capabilities: Partial<Sampler['capabilities']> = {}): Sampler {
  return {
    specVersion: 1,
    name,
    settings: {},
    capabilities: { invariant: true, reversible: false, ...capabilities },
    bind: (program) => new SweepKernel(program, sweep),
  };
}

/** Block Gibbs by the backend's own operation: what a backend is tried with. */
export function backendGibbs(): Sampler {
  return sweepSampler('gibbs of the backend', (program, layers, site, target) =>
    program.gibbs(layers, 1, site, target),
  );
}

class SweepKernel implements Kernel<Chains> {
  readonly #program: Program;
  readonly #sweep: Sweep;

  constructor(program: Program, sweep: Sweep) {
    this.#program = program;
    this.#sweep = sweep;
  }

  async init(random: Generator, position: Position): Promise<Chains> {
    return startChains(this.#program, random, position);
  }

  async step(
    state: Chains,
    random: Generator,
    sweeps: number,
    options: StepOptions = {},
  ): Promise<{ state: Chains; info: KernelInfo }> {
    const { layers, sweeps: done } = state.take();
    const next = state.advanced(sweeps);
    try {
      if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
        throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
      }
      refuseSharing(options);
      throwIfAborted(options.signal);
      for (let s = 0; s < sweeps; s++) {
        await this.#sweep(this.#program, layers, { random, step: done + s }, options.target);
        throwIfAborted(options.signal);
      }
    } catch (error) {
      next.dispose();
      throw error;
    }
    return { state: next, info: {} };
  }

  save(state: Chains): Promise<ChainSnapshot> {
    return state.save(this.#program);
  }

  async load(snapshot: ChainSnapshot): Promise<Chains> {
    return loadChains(this.#program, snapshot);
  }
}
