import {
  type ChainSnapshot,
  type Chains,
  type Generator,
  type Kernel,
  type KernelInfo,
  loadChains,
  type Position,
  type Program,
  RbmError,
  type Sampler,
  type StepOptions,
  startChains,
  throwIfAborted,
} from '@rbm/core';

/**
 * Block Gibbs sampling (Geman and Geman 1984): each sweep draws every block of the model from its conditional
 * distribution given the others, in the model's order: for an RBM the hidden layer, then the visible one.
 *
 * Works on any energy model, a conditioned one included. The chain of the visible units alone satisfies detailed
 * balance; the chain of joint states only leaves the distribution invariant.
 */
export function gibbs(): Sampler {
  return {
    specVersion: 1,
    name: 'gibbs',
    capabilities: { reversible: false, fixedUniforms: true },
    bind: (program) => new GibbsKernel(program),
  };
}

class GibbsKernel implements Kernel<Chains> {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
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
      checkSweeps(sweeps);
      throwIfAborted(options.signal);
      this.#program.gibbs(layers, sweeps, { random, step: done });
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

function checkSweeps(sweeps: number): void {
  if (Number.isSafeInteger(sweeps) && sweeps >= 0) return;
  throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
}
