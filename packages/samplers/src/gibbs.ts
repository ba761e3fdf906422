import { type Generator, RbmError } from '@rbm/core';
import {
  type Buffer,
  type ChainSnapshot,
  type Chains,
  checkArguments,
  hasWeightedBase,
  type Kernel,
  type KernelInfo,
  loadChains,
  type NoOptions,
  type Position,
  type Program,
  receiveInputs,
  refuseSharing,
  type Sampler,
  type Site,
  type StepOptions,
  startChains,
  type Target,
  throwIfAborted,
} from '@rbm/core/contracts';

/**
 * Block Gibbs sampling (Geman and Geman 1984): each sweep draws every block of the model from its conditional
 * distribution given the others, in the model's order: for an RBM the hidden layer, then the visible one.
 *
 * Works on any energy model at any target. The chain of the visible units alone satisfies detailed balance; the chain of joint
 * states only leaves the distribution invariant.
 */
export function gibbs(options: NoOptions = {}): Sampler {
  checkArguments('gibbs', options, {});
  return {
    specVersion: 1,
    name: 'gibbs',
    settings: {},
    capabilities: { invariant: true, reversible: false, fixedUniforms: true },
    bind: (program) => new GibbsKernel(program),
  };
}

class GibbsKernel implements Kernel<Chains> {
  readonly sharesInputs: boolean;
  readonly #program: Program;
  /** Layers of the blocks after the first, in order. */
  readonly #others: readonly number[];

  constructor(program: Program) {
    const { blocks } = program.model;
    this.#program = program;
    this.sharesInputs = blocks.every((block) => block.every(({ units }) => units === undefined));
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
    const { signal, target, firstBlock = 'draw', inputs } = options;
    let next = state.advanced(sweeps);
    try {
      checkSweeps(sweeps);
      if (!this.sharesInputs) refuseSharing(options);
      throwIfAborted(signal);
      let first = done;
      if (firstBlock === 'given' && sweeps > 0) {
        next = state.advanced(sweeps, this.#room(state, target));
        this.#sweepOthers(next, { random, step: first++ }, target);
      }
      if (first < done + sweeps) {
        this.#program.gibbs(layers, done + sweeps - first, { random, step: first }, target);
      }
      inputs?.forEach((entry, layer) => {
        if (entry) receiveInputs(this.#program, layer, layers, entry, target);
      });
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

  /** A sweep that finds the first block drawn. */
  #sweepOthers({ layers, room }: Chains, site: Site, target: Target | undefined): void {
    const weighted = hasWeightedBase(target);
    this.#others.forEach((layer, n) => {
      const inputs = room[n] as Buffer;
      const received = weighted ? { inputs, base: room[this.#others.length + n] as Buffer } : { inputs };
      receiveInputs(this.#program, layer, layers, received, target);
      this.#program.sample(layer, received, layers[layer] as Buffer, site, target);
    });
  }

  /** Memory for what each layer of the other blocks receives; behind it the same for a base with weights. */
  #room({ room, chains }: Chains, target: Target | undefined): readonly Buffer[] {
    const wanted = hasWeightedBase(target) ? [...this.#others, ...this.#others] : this.#others;
    const made: Buffer[] = [];
    try {
      for (const layer of wanted.slice(room.length)) {
        made.push(this.#program.allocate({ holds: 'inputs', layer, rows: chains }));
      }
    } catch (error) {
      for (const buffer of made) buffer.dispose();
      throw error;
    }
    return made.length > 0 ? [...room, ...made] : room;
  }
}

function checkSweeps(sweeps: number): void {
  if (Number.isSafeInteger(sweeps) && sweeps >= 0) return;
  throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
}
