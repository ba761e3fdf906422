import {
  type AbortSignalLike,
  type Batch,
  type ChainState,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type Generator,
  type GradientEstimator,
  type Kernel,
  type Program,
  RbmError,
  type Sampler,
} from '@rbm/core';
import { PhaseDifference } from './phases.js';
import { checkSweeps } from './sweeps.js';

/** What `pcd` takes. */
export interface PersistentOptions {
  /** What moves the chains. */
  readonly sampler: Sampler;
  /** Sweeps between updates of the parameters; 1 unless given. */
  readonly k?: number;
  /** How many chains; as many as samples in a batch unless given. */
  readonly chains?: number;
}

/**
 * Persistent contrastive divergence, PCD-k (Younes 1989; Tieleman 2008): the model average is taken over chains that go
 * on from update to update. Follows the likelihood gradient as long as the chains keep up with the parameters.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function pcd({ sampler, k = 1, chains }: PersistentOptions): GradientEstimator {
  checkSweeps(k);
  if (chains !== undefined && (!Number.isSafeInteger(chains) || chains < 1)) {
    throw new RbmError('ARGUMENT_INVALID', `The number of chains must be a positive whole number, not ${chains}.`);
  }
  return {
    specVersion: 1,
    name: 'pcd',
    settings: { k, sampler: sampler.name, ...(chains === undefined ? {} : { chains }) },
    capabilities: { negativePhase: { over: 'persistent chains' } },
    bind: (program, batchRows) => new Persistent(program, sampler, k, batchRows, chains ?? batchRows),
  };
}

interface PersistentState extends EstimatorState {
  readonly steps: number;
  readonly chains: ChainState;
}

class Persistent implements Estimation<PersistentState> {
  readonly #kernel: Kernel;
  readonly #k: number;
  readonly #chains: number;
  readonly #phases: PhaseDifference;

  constructor(program: Program, sampler: Sampler, k: number, batchRows: number, chains: number) {
    this.#kernel = sampler.bind(program);
    this.#k = k;
    this.#chains = chains;
    this.#phases = new PhaseDifference(program, batchRows, chains);
  }

  async init(random: Generator): Promise<PersistentState> {
    return persistent(0, await this.#kernel.init(random, { chains: this.#chains }));
  }

  async estimate(
    batch: Batch,
    state: PersistentState,
    random: Generator,
    options: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate<PersistentState>> {
    let { chains } = state;
    try {
      this.#phases.observe(batch);
      ({ state: chains } = await this.#kernel.step(chains, random, this.#k, options));
      this.#phases.difference(chains.layers);
    } catch (error) {
      chains.dispose();
      throw error;
    }
    return {
      gradient: this.#phases.gradient,
      state: persistent(state.steps + 1, chains),
      info: { phases: () => this.#phases.phases() },
    };
  }

  async save(state: PersistentState): Promise<EstimatorSnapshot> {
    return { steps: state.steps, chains: await this.#kernel.save(state.chains) };
  }

  async load(snapshot: EstimatorSnapshot): Promise<PersistentState> {
    if (snapshot.chains?.chains !== this.#chains) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `The snapshot has ${snapshot.chains?.chains ?? 'no'} chains where ${this.#chains} are wanted.`,
      );
    }
    return persistent(snapshot.steps, await this.#kernel.load(snapshot.chains));
  }

  dispose(): void {
    this.#phases.dispose();
  }
}

function persistent(steps: number, chains: ChainState): PersistentState {
  return { steps, chains, dispose: () => chains.dispose() };
}
