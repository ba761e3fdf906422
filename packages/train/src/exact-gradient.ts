import {
  type AbortSignalLike,
  cloneModel,
  enumerate,
  hasTractableHiddenLayers,
  hiddenLayers,
  RbmError,
} from '@rbm/core';
import type {
  Batch,
  Buffer,
  Estimate,
  Estimation,
  EstimatorSnapshot,
  EstimatorState,
  GradientEstimator,
  Program,
} from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { RowSets } from './row-sets.js';

/** What `exact` takes. */
export interface ExactOptions {
  /** The largest number of states to enumerate at each step; 2^16 unless given. */
  readonly limit?: number;
}

/**
 * The exact gradient of the cost over the batch, its negative phase by enumeration: the oracle that other estimators
 * are measured against, and the best way to train a model small enough.
 */
export function exact(options: ExactOptions = {}): GradientEstimator {
  checkArguments('exact', options, { limit: optional(kinds.number) });
  const { limit = 2 ** 16 } = options;
  return {
    specVersion: 1,
    name: 'exact',
    settings: { limit },
    capabilities: { negativePhase: { over: 'model' } },
    bind: (program, batchRows) => new ExactEstimation(program, batchRows, limit),
  };
}

class ExactEstimation implements Estimation {
  readonly #program: Program;
  readonly #limit: number;
  readonly #gradient: Buffer;
  readonly #inputs: RowSets<readonly (Buffer | undefined)[]>;

  /** @throws RbmError `UNSUPPORTED` for a model whose hidden layers interact. */
  constructor(program: Program, rows: number, limit: number) {
    if (!hasTractableHiddenLayers(program.model)) {
      throw new RbmError('UNSUPPORTED', 'Hidden layers that interact cannot be summed out; this estimator needs that.');
    }
    this.#program = program;
    this.#limit = limit;
    this.#gradient = program.allocate({ holds: 'parameters' });
    const hidden = hiddenLayers(program.model);
    this.#inputs = new RowSets<readonly (Buffer | undefined)[]>(
      (count) =>
        program.model.layers.map((_, layer) =>
          hidden.includes(layer) ? program.allocate({ holds: 'inputs', layer, rows: count }) : undefined,
        ),
      (set) => {
        for (const buffer of set) buffer?.dispose();
      },
    );
    this.#inputs.of(rows);
  }

  async init(): Promise<EstimatorState> {
    return { steps: 0, dispose: () => {} };
  }

  async estimate(
    batch: Batch,
    state: EstimatorState,
    _random: unknown,
    options: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate> {
    const { backend } = this.#program;
    const positive = await this.#positivePhase(batch);
    const model = cloneModel(this.#program.model);
    model.parameters.set(await backend.read(this.#program.parameters));
    const { statistics: negative } = await enumerate(model, { limit: this.#limit, ...options });
    backend.write(
      this.#gradient,
      negative.map((n, i) => n - (positive[i] as number)),
    );
    const phases = { positive, negative };
    return {
      gradient: this.#gradient,
      state: { steps: state.steps + 1, dispose: () => {} },
      info: { phases: async () => phases },
    };
  }

  async #positivePhase(batch: Batch): Promise<Float64Array> {
    const program = this.#program;
    const { model, backend } = program;
    const data = model.layers.map((_, l) => batch.visible[model.visible.indexOf(l)] as Buffer);
    const room = this.#inputs.of(batch.rows);
    const assignment = model.layers.map((_, l) => {
      const inputs = room[l];
      if (!inputs) return { values: data[l] as Buffer };
      program.affine(l, data, inputs);
      return { inputs };
    });
    const { weights } = batch;
    const term = weights ? { assignment, scale: 1, weights } : { assignment, scale: 1 / batch.rows };
    program.statistics(this.#gradient, [term]);
    return backend.read(this.#gradient);
  }

  async save(state: EstimatorState): Promise<EstimatorSnapshot> {
    return { steps: state.steps };
  }

  async load(snapshot: EstimatorSnapshot): Promise<EstimatorState> {
    return { steps: snapshot.steps, dispose: () => {} };
  }

  dispose(): void {
    this.#gradient.dispose();
    this.#inputs.dispose();
  }
}
