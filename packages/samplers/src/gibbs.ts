import {
  type Buffer,
  type ChainSnapshot,
  type Chains,
  firstBlockLayers,
  type Generator,
  type Kernel,
  type KernelInfo,
  loadChains,
  type Position,
  type Program,
  RbmError,
  type Sampler,
  type Site,
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
  /** Layers of the first block, if all blocks are of whole layers, and those of the others in order. */
  readonly #first: readonly number[];
  readonly #others: readonly number[];

  constructor(program: Program) {
    const { blocks } = program.model;
    const whole = blocks.every((block) => block.every(({ units }) => units === undefined));
    this.#program = program;
    this.#first = whole ? firstBlockLayers(program.model) : [];
    this.#others = blocks.slice(1).flatMap((block) => block.map(({ layer }) => layer));
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
    const { signal, received } = options;
    let next = state.advanced(sweeps);
    try {
      checkSweeps(sweeps);
      throwIfAborted(signal);
      let swept = 0;
      if (sweeps > 0 && received && this.#suffices(received)) {
        next = state.advanced(sweeps, this.#room(state));
        this.#sweepFrom(received, next, { random, step: done });
        swept = 1;
      }
      if (sweeps > swept) this.#program.gibbs(layers, sweeps - swept, { random, step: done + swept });
    } catch (error) {
      next.dispose();
      throw error;
    }
    return { state: next, info: {} };
  }

  /** Whether it says what all layers of the first block receive. */
  #suffices(received: readonly (Buffer | undefined)[]): boolean {
    return this.#first.length > 0 && this.#first.every((layer) => received[layer]);
  }

  /** Room for what each layer of the other blocks receives. */
  #room({ room, chains }: Chains): readonly Buffer[] {
    if (room.length > 0) return room;
    return this.#others.map((layer) => this.#program.allocate({ holds: 'inputs', layer, rows: chains }));
  }

  /** One sweep that finds what the first block receives already computed. */
  #sweepFrom(received: readonly (Buffer | undefined)[], { layers, room }: Chains, site: Site): void {
    for (const l of this.#first) this.#program.sample(l, received[l] as Buffer, layers[l] as Buffer, site);
    this.#others.forEach((l, n) => {
      const inputs = room[n] as Buffer;
      this.#program.affine(l, layers, inputs);
      this.#program.sample(l, inputs, layers[l] as Buffer, site);
    });
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
