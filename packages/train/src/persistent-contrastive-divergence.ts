import {
  type AbortSignalLike,
  type Batch,
  type Buffer,
  type ChainState,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type Generator,
  type GradientEstimator,
  type Kernel,
  type KernelInfo,
  type Program,
  RbmError,
  type Sampler,
} from '@rbm/core';
import { type ChainStart, startAtBatch } from './chain-start.js';
import { PhaseDifference } from './phases.js';
import { checkSweeps } from './sweeps.js';

/** Options of `pcd`. */
export interface PersistentOptions {
  /** Moves the chains. */
  readonly sampler: Sampler;
  /** Sweeps between updates of the parameters (default: 1). */
  readonly k?: number;
  /** How many chains (default: the samples in a batch). */
  readonly chains?: number;
  /**
   * Where chains start: at samples of their own units without input, or at the samples of the first batch, one after the other
   * (default: `model`).
   */
  readonly start?: ChainStart;
}

/**
 * Persistent contrastive divergence, PCD-k (Younes 1989; Tieleman 2008): the model average is taken over chains that go
 * on from update to update. Follows the likelihood gradient as long as the chains keep up with the parameters.
 *
 * What the chains send to the hidden layers is worked out once a step, for the model average; the sampler is given it, so that
 * hidden units may be drawn from it and not from what the parameters became a moment later.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function pcd(options: PersistentOptions): GradientEstimator {
  return persistent('pcd', options);
}

/** An estimator with persistent chains, under a name of its own. */
export function persistent(
  name: string,
  { sampler, k = 1, chains, start = 'model' }: PersistentOptions,
): GradientEstimator {
  checkSweeps(k);
  if (chains !== undefined && (!Number.isSafeInteger(chains) || chains < 1)) {
    throw new RbmError('ARGUMENT_INVALID', `The number of chains must be a positive whole number, not ${chains}.`);
  }
  if (start !== 'model' && start !== 'data') {
    throw new RbmError('ARGUMENT_INVALID', `start is ${JSON.stringify(start)}; expected "model" or "data".`);
  }
  const given = { ...(chains === undefined ? {} : { chains }), ...(start === 'data' ? { start } : {}) };
  return {
    specVersion: 1,
    name,
    settings: { k, sampler: sampler.name, ...given },
    capabilities: { negativePhase: { over: 'persistent chains' } },
    bind: (program, batchRows) => new Persistent(program, sampler, k, batchRows, chains ?? batchRows, start),
  };
}

interface PersistentState extends EstimatorState {
  readonly steps: number;
  readonly chains: ChainState;
  /** What the chains send to the hidden layers, an entry a layer; unknown before the first step. */
  readonly inputs: readonly (Buffer | undefined)[];
}

class Persistent implements Estimation<PersistentState> {
  readonly #program: Program;
  readonly #kernel: Kernel;
  readonly #k: number;
  readonly #chains: number;
  readonly #start: ChainStart;
  readonly #phases: PhaseDifference;

  constructor(program: Program, sampler: Sampler, k: number, batchRows: number, chains: number, start: ChainStart) {
    this.#program = program;
    this.#kernel = sampler.bind(program);
    this.#k = k;
    this.#chains = chains;
    this.#start = start;
    this.#phases = new PhaseDifference(program, batchRows, chains, 'given');
  }

  async init(random: Generator): Promise<PersistentState> {
    return this.#persistent(0, await this.#kernel.init(random, { chains: this.#chains }));
  }

  async estimate(
    batch: Batch,
    state: PersistentState,
    random: Generator,
    options: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate<PersistentState>> {
    let { chains } = state;
    const { inputs } = state;
    let numbers: KernelInfo;
    try {
      this.#phases.observe(batch);
      if (state.steps === 0 && this.#start === 'data') {
        chains = await startAtBatch(this.#program, this.#kernel, batch, chains, random);
      }
      const known = state.steps > 0 ? { received: inputs } : {};
      ({ state: chains, info: numbers } = await this.#kernel.step(chains, random, this.#k, { ...options, ...known }));
      this.#phases.difference(chains.layers, undefined, inputs);
    } catch (error) {
      chains.dispose();
      for (const buffer of inputs) buffer?.dispose();
      throw error;
    }
    return {
      gradient: this.#phases.gradient,
      state: this.#persistent(state.steps + 1, chains, inputs),
      info: { phases: () => this.#phases.phases(), numbers, chains },
    };
  }

  async save(state: PersistentState): Promise<EstimatorSnapshot> {
    const inputs = state.steps > 0 ? this.#named(state.inputs) : [];
    const [chains, ...numbers] = await Promise.all([
      this.#kernel.save(state.chains),
      ...inputs.map(([, buffer]) => this.#program.backend.read(buffer)),
    ]);
    const extra = Object.fromEntries(inputs.map(([name], n) => [name, numbers[n] as Float64Array]));
    return { steps: state.steps, chains, extra };
  }

  async load(snapshot: EstimatorSnapshot): Promise<PersistentState> {
    if (snapshot.chains?.chains !== this.#chains) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `The snapshot has ${snapshot.chains?.chains ?? 'no'} chains where ${this.#chains} are wanted.`,
      );
    }
    const state = this.#persistent(snapshot.steps, await this.#kernel.load(snapshot.chains));
    for (const [name, buffer] of snapshot.steps > 0 ? this.#named(state.inputs) : []) {
      const numbers = snapshot.extra?.[name];
      if (numbers?.length !== buffer.length) {
        state.dispose();
        throw new RbmError(
          'ARGUMENT_INVALID',
          `The snapshot needs ${buffer.length} inputs of layer "${name}", not ${numbers?.length ?? 'none'}.`,
        );
      }
      this.#program.backend.write(buffer, numbers);
    }
    return state;
  }

  dispose(): void {
    this.#phases.dispose();
  }

  /** Buffers of inputs with the names of their layers. */
  #named(inputs: readonly (Buffer | undefined)[]): (readonly [layer: string, buffer: Buffer])[] {
    const { names } = this.#program.model;
    return inputs.flatMap((buffer, l) => (buffer ? [[names[l] as string, buffer] as const] : []));
  }

  #persistent(
    steps: number,
    chains: ChainState,
    inputs: readonly (Buffer | undefined)[] = this.#phases.allocateInputs(this.#chains),
  ): PersistentState {
    return {
      steps,
      chains,
      inputs,
      dispose: () => {
        chains.dispose();
        for (const buffer of inputs) buffer?.dispose();
      },
    };
  }
}
