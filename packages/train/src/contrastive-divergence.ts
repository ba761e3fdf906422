import { type AbortSignalLike, type Generator, hiddenLayers, RbmError } from '@rbm/core';
import {
  areJoined,
  type Batch,
  type Buffer,
  checkArguments,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type GradientEstimator,
  argumentKinds as kinds,
  optional,
  type Program,
  throwIfAborted,
} from '@rbm/core/contracts';
import { PhaseDifference } from './phases.js';
import { RowSets } from './row-sets.js';
import { checkSweeps } from './sweeps.js';

/** What `cd` takes. */
export interface ContrastiveDivergenceOptions {
  /** Gibbs sweeps from the data; 1 unless given. */
  readonly k?: number;
}

/**
 * Contrastive divergence, CD-k (Hinton 2002): the model average is taken after k sweeps of block Gibbs that start at
 * the data. Biased towards the data for small k; cheap, and low in variance.
 *
 * @throws RbmError `ARGUMENT_INVALID` for k that is not a positive whole number; when it estimates, `UNSUPPORTED` for grey
 * levels where visible units act on each other.
 */
export function cd(options: ContrastiveDivergenceOptions = {}): GradientEstimator {
  checkArguments('cd', options, { k: optional(kinds.number) });
  const { k = 1 } = options;
  checkSweeps(k);
  return {
    specVersion: 1,
    name: 'cd',
    settings: { k },
    capabilities: { negativePhase: { over: 'data chains', sweeps: k } },
    bind: (program, batchRows) => new ContrastiveDivergence(program, batchRows, k),
  };
}

/** Chains start afresh from each batch: only the number of steps, the address of uniforms, is carried on. */
interface Steps extends EstimatorState {
  readonly steps: number;
}

/** Chains, one for each sample of a batch. */
interface BatchChains {
  readonly states: readonly Buffer[];
  /** Room for the inputs of the visible layers. */
  readonly inputs: readonly (Buffer | undefined)[];
}

class ContrastiveDivergence implements Estimation<Steps> {
  readonly #program: Program;
  readonly #k: number;
  readonly #phases: PhaseDifference;
  readonly #chains: RowSets<BatchChains>;
  readonly #hidden: readonly number[];
  /** Whether a sweep reads visible units before it has drawn all of them. */
  readonly #visibleInteract: boolean;

  constructor(program: Program, batchRows: number, k: number) {
    const { model } = program;
    const { interactions, visible } = model;
    this.#visibleInteract = visible.some((a) => visible.some((b) => areJoined(interactions, a, b)));
    this.#program = program;
    this.#hidden = hiddenLayers(model);
    this.#k = k;
    this.#phases = new PhaseDifference(program, batchRows, batchRows);
    this.#chains = new RowSets<BatchChains>(
      (rows) => ({
        states: model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows })),
        inputs: model.layers.map((_, layer) =>
          visible.includes(layer) ? program.allocate({ holds: 'inputs', layer, rows }) : undefined,
        ),
      }),
      ({ states, inputs }) => {
        for (const buffer of [...states, ...inputs]) buffer?.dispose();
      },
    );
    this.#chains.of(batchRows);
  }

  async init(): Promise<Steps> {
    return stepsDone(0);
  }

  async estimate(
    batch: Batch,
    state: Steps,
    random: Generator,
    options: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate<Steps>> {
    throwIfAborted(options.signal);
    this.#phases.observe(batch);
    const chains = this.#chains.of(batch.rows);
    if (this.#visibleInteract) this.#runFromValues(batch, chains.states, random, state.steps * this.#k);
    else this.#run(chains, random, state.steps * this.#k);
    this.#phases.difference(chains.states, batch.weights);
    return {
      gradient: this.#phases.gradient,
      state: stepsDone(state.steps + 1),
      info: { phases: () => this.#phases.phases() },
    };
  }

  /** k sweeps; the first one finds what the data send to the hidden units already computed. */
  #run({ states, inputs }: BatchChains, random: Generator, step: number): void {
    const program = this.#program;
    const site = { random, step };
    for (const l of this.#hidden) {
      program.sample(l, this.#phases.positiveInputs[l] as Buffer, states[l] as Buffer, site);
    }
    for (const l of program.model.visible) {
      program.affine(l, states, inputs[l] as Buffer);
      program.sample(l, inputs[l] as Buffer, states[l] as Buffer, site);
    }
    if (this.#k > 1) program.gibbs(states, this.#k - 1, { random, step: step + 1 });
  }

  /** k sweeps from the data themselves, unit by unit or colour by colour. */
  #runFromValues(batch: Batch, states: readonly Buffer[], random: Generator, step: number): void {
    const program = this.#program;
    program.model.visible.forEach((l, n) => {
      const data = batch.visible[n] as Buffer;
      if (data.spec.holds !== 'states') {
        throw new RbmError(
          'UNSUPPORTED',
          'Chains of visible units that act on each other start from states, not from grey levels. Binarise the data.',
        );
      }
      program.backend.copy(data, states[l] as Buffer);
    });
    program.gibbs(states, this.#k, { random, step });
  }

  async save(state: Steps): Promise<EstimatorSnapshot> {
    return { steps: state.steps };
  }

  async load(snapshot: EstimatorSnapshot): Promise<Steps> {
    return stepsDone(snapshot.steps);
  }

  dispose(): void {
    this.#phases.dispose();
    this.#chains.dispose();
  }
}

function stepsDone(steps: number): Steps {
  return { steps, dispose: () => {} };
}
