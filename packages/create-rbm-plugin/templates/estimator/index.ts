import { type AbortSignalLike, type Generator, hasTractableHiddenLayers, hiddenLayers, RbmError } from '@rbm/core';
import {
  type Batch,
  type Buffer,
  type BufferSpec,
  definePlugin,
  type Estimate,
  type Estimation,
  type EstimatorState,
  type GradientEstimator,
  type Plugin,
  type Program,
  type StatisticsTerm,
  throwIfAborted,
} from '@rbm/core/contracts';

/** Options of the estimator. */
export interface EstimatorOptions {
  /** Gibbs sweeps from the data (default: 1). */
  readonly sweeps?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': EstimatorOptions;
  }
}

/** Contrastive divergence: the model average is taken after some sweeps of Gibbs sampling that start at the data. */
export function estimator({ sweeps = 1 }: EstimatorOptions = {}): GradientEstimator {
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    settings: { sweeps },
    // The suite tests what is declared here.
    capabilities: { negativePhase: { over: 'data chains', sweeps } },
    bind: (program) => new BatchEstimation(program, sweeps),
  };
}

/** Buffers for batches of one size: the last of an epoch may be shorter. An entry a layer. */
interface Room {
  /** What the data send to the hidden layers. */
  readonly fromData: readonly Buffer[];
  readonly states: readonly Buffer[];
  /** What the chains send. */
  readonly fromChains: readonly Buffer[];
}

class BatchEstimation implements Estimation {
  readonly #program: Program;
  readonly #sweeps: number;
  /** All that was allocated, so that it is released after a failure too. */
  readonly #buffers: Buffer[] = [];
  readonly #gradient: Buffer;
  readonly #rooms: Map<number, Room> = new Map();

  /** @throws RbmError `UNSUPPORTED` for models without hidden units, or whose hidden units act on each other. */
  constructor(program: Program, sweeps: number) {
    const { model } = program;
    const hidden = hiddenLayers(model);
    if (hidden.length === 0 || !hasTractableHiddenLayers(model) || model.blocks.length !== 2) {
      throw new RbmError('UNSUPPORTED', 'my/__NAME__ is for models of a visible and a hidden block. Use cd or pcd.');
    }
    this.#program = program;
    this.#sweeps = sweeps;
    this.#gradient = this.#allocate({ holds: 'parameters' });
  }

  async init(): Promise<EstimatorState> {
    return stateAfter(0);
  }

  /** Replace the negative phase: which states the model average is taken over, and how they come to be. */
  async estimate(
    batch: Batch,
    state: EstimatorState,
    random: Generator,
    { signal }: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate> {
    throwIfAborted(signal);
    const program = this.#program;
    const { model } = program;
    const { fromData, states, fromChains } = this.#room(batch.rows);
    const hidden = hiddenLayers(model);
    const data = model.layers.map((_, l) => batch.visible[model.visible.indexOf(l)]);
    const site = { random, step: state.steps * this.#sweeps };

    for (const l of hidden) {
      program.affine(l, data, fromData[l]);
      program.sample(l, fromData[l], states[l], site);
    }
    for (const l of model.visible) {
      program.affine(l, states, fromChains[l]);
      program.sample(l, fromChains[l], states[l], site);
    }
    if (this.#sweeps > 1) program.gibbs(states, this.#sweeps - 1, { random, step: site.step + 1 });
    for (const l of hidden) program.affine(l, states, fromChains[l]);

    // Hidden units are summed out in both phases: they are given by their inputs. The gradient of the cost is negative − positive.
    const positive = this.#term(data, fromData, batch);
    const negative = this.#term(states, fromChains, batch);
    program.statistics(this.#gradient, [{ ...positive, scale: -positive.scale }, negative]);
    const info = {
      phases: async () => ({ positive: await this.#read(positive), negative: await this.#read(negative) }),
    };
    return { gradient: this.#gradient, state: stateAfter(state.steps + 1), info };
  }

  async save({ steps }: EstimatorState): Promise<{ readonly steps: number }> {
    return { steps };
  }

  async load({ steps }: { readonly steps: number }): Promise<EstimatorState> {
    return stateAfter(steps);
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.dispose();
    this.#rooms.clear();
  }

  #allocate(spec: BufferSpec): Buffer {
    const buffer = this.#program.allocate(spec);
    this.#buffers.push(buffer);
    return buffer;
  }

  #room(rows: number): Room {
    const found = this.#rooms.get(rows);
    if (found) return found;
    const allocate = (holds: 'inputs' | 'states'): Buffer[] =>
      this.#program.model.layers.map((_, layer) => this.#allocate({ holds, layer, rows }));
    const made = { fromData: allocate('inputs'), states: allocate('states'), fromChains: allocate('inputs') };
    this.#rooms.set(rows, made);
    return made;
  }

  /** The average of the statistics over some visible values, with the weights of the batch. */
  #term(visible: readonly Buffer[], hidden: readonly Buffer[], { rows, weights }: Batch): StatisticsTerm {
    const { model } = this.#program;
    const assignment = model.layers.map((_, l) =>
      model.visible.includes(l) ? { values: visible[l] } : { inputs: hidden[l] },
    );
    return weights ? { assignment, scale: 1, weights } : { assignment, scale: 1 / rows };
  }

  async #read(term: StatisticsTerm): Promise<Float64Array> {
    const buffer = this.#program.allocate({ holds: 'parameters' });
    try {
      this.#program.statistics(buffer, [term]);
      return await this.#program.backend.read(buffer);
    } finally {
      buffer.dispose();
    }
  }
}

/** Chains start afresh from each batch: only the number of steps is carried on. */
function stateAfter(steps: number): EstimatorState {
  return { steps, dispose: () => {} };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { estimators: 1 },
    provides: {
      estimators: {
        'my/__NAME__': {
          options: { sweeps: { type: 'integer', minimum: 1, default: 1, describe: 'Gibbs sweeps from the data' } },
          create: estimator,
        },
      },
    },
  });
