import { type AbortSignalLike, type Generator, hiddenLayers, RbmError } from '@rbm/core';
import {
  type Batch,
  type ChainState,
  checkArguments,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  FirstBlock,
  firstBlockLayers,
  type GradientEstimator,
  type Kernel,
  type KernelInfo,
  argumentKinds as kinds,
  optional,
  type Program,
  type Sampler,
} from '@rbm/core/contracts';
import { type ChainStart, chainStart, startAtBatch } from './chain-start.js';
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
 * What the chains send to the hidden layers is computed once a step, where the sampler shares it: for the model average, and to
 * draw the hidden units with which the next step begins. A step then starts with the visible units, and costs two products.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function pcd(options: PersistentOptions): GradientEstimator {
  checkArguments('pcd', options, {
    sampler: kinds.sampler,
    k: optional(kinds.number),
    chains: optional(kinds.number),
    start: optional(chainStart),
  });
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
  const given = { ...(chains === undefined ? {} : { chains }), ...(start === 'data' ? { start } : {}) };
  return {
    specVersion: 1,
    name,
    settings: { k, sampler: sampler.name, ...settingsOf(sampler), ...given },
    capabilities: { negativePhase: { over: 'persistent chains' } },
    bind: (program, batchRows) => new Persistent(program, sampler, k, batchRows, chains ?? batchRows, start),
  };
}

/** The settings of a sampler as part of an estimator's: `sampler.ladder`. */
function settingsOf({ settings }: Sampler): Record<string, number | string> {
  const entries = Object.entries(settings).map(([name, value]) => {
    const plain = typeof value === 'number' ? value : Array.isArray(value) ? value.join(' ') : String(value);
    return [`sampler.${name}`, plain] as const;
  });
  return Object.fromEntries(entries);
}

interface PersistentState extends EstimatorState {
  readonly steps: number;
  readonly chains: ChainState;
  readonly firstBlock: FirstBlock;
}

class Persistent implements Estimation<PersistentState> {
  readonly #program: Program;
  readonly #kernel: Kernel;
  readonly #k: number;
  readonly #chains: number;
  readonly #start: ChainStart;
  readonly #phases: PhaseDifference;
  /** Whether steps end with the inputs of the hidden layers, from which these are drawn. */
  readonly #shares: boolean;

  constructor(program: Program, sampler: Sampler, k: number, batchRows: number, chains: number, start: ChainStart) {
    const { model } = program;
    this.#program = program;
    this.#kernel = sampler.bind(program);
    this.#k = k;
    this.#chains = chains;
    this.#start = start;
    this.#shares = this.#kernel.sharesInputs === true && sameLayers(firstBlockLayers(model), hiddenLayers(model));
    this.#phases = new PhaseDifference(program, batchRows, chains, this.#shares ? 'given' : 'own');
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
    const { firstBlock } = state;
    let numbers: KernelInfo;
    try {
      this.#phases.observe(batch);
      if (state.steps === 0 && this.#start === 'data') {
        chains = await startAtBatch(this.#program, this.#kernel, batch, chains, random);
      }
      if (this.#shares) {
        if (state.steps === 0) this.#drawFirst(chains, firstBlock, random);
        const shared = { firstBlock: 'given', inputs: firstBlock.inputs } as const;
        ({ state: chains, info: numbers } = await this.#kernel.step(chains, random, this.#k, {
          ...options,
          ...shared,
        }));
        // Before the statistics, which backends join with the update that follows them.
        firstBlock.draw(chains.layers, { random, step: chains.sweeps }, undefined);
        this.#phases.differenceFrom(chains.layers, firstBlock.inputs);
      } else {
        ({ state: chains, info: numbers } = await this.#kernel.step(chains, random, this.#k, options));
        this.#phases.difference(chains.layers);
      }
    } catch (error) {
      chains.dispose();
      firstBlock.dispose();
      throw error;
    }
    return {
      gradient: this.#phases.gradient,
      state: this.#persistent(state.steps + 1, chains, firstBlock),
      info: { phases: () => this.#phases.phases(), numbers, chains },
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
    return this.#persistent(snapshot.steps, await this.#kernel.load(snapshot.chains));
  }

  dispose(): void {
    this.#phases.dispose();
  }

  /** Hidden units for chains that start: whatever they were, from the visible ones. */
  #drawFirst({ layers, sweeps }: ChainState, firstBlock: FirstBlock, random: Generator): void {
    firstBlock.receive(layers, undefined);
    firstBlock.draw(layers, { random, step: sweeps }, undefined);
  }

  #persistent(steps: number, chains: ChainState, known?: FirstBlock): PersistentState {
    const firstBlock = known ?? this.#allocate(chains);
    return {
      steps,
      chains,
      firstBlock,
      dispose: () => {
        chains.dispose();
        firstBlock.dispose();
      },
    };
  }

  #allocate(chains: ChainState): FirstBlock {
    try {
      return new FirstBlock(this.#program, this.#chains, undefined);
    } catch (error) {
      chains.dispose();
      throw error;
    }
  }
}

function sameLayers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((layer) => b.includes(layer));
}
