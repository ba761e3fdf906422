import { type AbortSignalLike, type Generator, hiddenLayers, RbmError } from '@rbm/core';
import {
  type Assignment,
  type Batch,
  type Buffer,
  checkArguments,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type GradientEstimator,
  isPairwise,
  type Layer,
  type NoOptions,
  type Program,
  type StatisticsTerm,
  throwIfAborted,
} from '@rbm/core/contracts';
import { RowSets } from './row-sets.js';

/**
 * The gradient of the pseudo-likelihood (Besag 1975): of the cost `−⟨Σ_i log P(x_i | all other units)⟩_data`, which knows no
 * partition function and whose minimum is the true model as data grow without bound. For models without hidden units,
 * such as Hopfield networks, lattices and graphs. Deterministic: no chains.
 *
 * With `m_i = ⟨x_i | others⟩` the gradient is `−½ ⟨S(2x − m) − S(m)⟩`, where `S` are the sufficient statistics: for a
 * coupling that is `−⟨(x_i − m_i) x_j + x_i (x_j − m_j)⟩`, for a bias `−⟨x_i − m_i⟩`.
 */
export function maximumPseudoLikelihood(options: NoOptions = {}): GradientEstimator {
  checkArguments('maximumPseudoLikelihood', options, {});
  return {
    specVersion: 1,
    name: 'pseudo-likelihood',
    settings: {},
    bind: (program, batchRows) => new PseudoLikelihoodEstimation(program, batchRows),
  };
}

/** Room for a batch. */
interface BatchRoom {
  readonly inputs: readonly Buffer[];
  /** `m` and `2x − m`. */
  readonly means: readonly Buffer[];
  readonly mirrored: readonly Buffer[];
}

class PseudoLikelihoodEstimation implements Estimation {
  readonly #program: Program;
  readonly #gradient: Buffer;
  readonly #room: RowSets<BatchRoom>;

  /**
   * @throws RbmError `UNSUPPORTED` for hidden layers, units whose statistics are not linear in their values, or interactions that are
   * no lists of pairs.
   */
  constructor(program: Program, rows: number) {
    const { model } = program;
    if (hiddenLayers(model).length > 0) {
      throw new RbmError(
        'UNSUPPORTED',
        'The gradient of the pseudo-likelihood is for models without hidden layers. Use cd or pcd.',
      );
    }
    // The identity for the gradient holds for products of two units, not of three.
    const open = model.interactions.find((interaction) => !isPairwise(interaction));
    if (open) {
      throw new RbmError(
        'UNSUPPORTED',
        `Interaction "${open.name}" is of kind ${open.kind}; the gradient of the pseudo-likelihood needs dense, symmetric or ` +
          'sparse ones. Use cd or pcd.',
      );
    }
    const other = model.layers.findIndex((layer) => !hasLinearStatistics(layer));
    if (other >= 0) {
      throw new RbmError(
        'UNSUPPORTED',
        `The statistics of layer "${model.names[other]}" (${model.layers[other]?.kind}) are not linear in its values, as ` +
          'this gradient of the pseudo-likelihood needs them.',
      );
    }
    this.#program = program;
    this.#gradient = program.allocate({ holds: 'parameters' });
    const allocate = (holds: 'inputs' | 'means', count: number): Buffer[] =>
      model.layers.map((_, layer) => program.allocate({ holds, layer, rows: count }));
    this.#room = new RowSets<BatchRoom>(
      (count) => ({
        inputs: allocate('inputs', count),
        means: allocate('means', count),
        mirrored: allocate('means', count),
      }),
      ({ inputs, means, mirrored }) => {
        for (const buffer of [...inputs, ...means, ...mirrored]) buffer.dispose();
      },
    );
    this.#room.of(rows);
  }

  async init(): Promise<EstimatorState> {
    return stepsDone(0);
  }

  async estimate(
    batch: Batch,
    state: EstimatorState,
    _random: Generator,
    options: { readonly signal?: AbortSignalLike } = {},
  ): Promise<Estimate> {
    throwIfAborted(options.signal);
    const program = this.#program;
    const values = program.model.layers.map((_, l) => batch.visible[program.model.visible.indexOf(l)] as Buffer);
    const room = this.#room.of(batch.rows);
    for (const l of values.keys()) {
      program.affine(l, values, room.inputs[l] as Buffer);
      program.mean(l, room.inputs[l] as Buffer, room.means[l] as Buffer);
    }
    await this.#mirror(values, room);
    program.statistics(this.#gradient, [term(room.mirrored, -0.5, batch), term(room.means, 0.5, batch)]);
    return { gradient: this.#gradient, state: stepsDone(state.steps + 1), info: {} };
  }

  /** The one combination of two buffers that backends have no operation for. */
  async #mirror(values: readonly Buffer[], { means, mirrored }: BatchRoom): Promise<void> {
    const { backend } = this.#program;
    for (const [l, buffer] of values.entries()) {
      const [x, m] = await Promise.all([backend.read(buffer), backend.read(means[l] as Buffer)]);
      for (let i = 0; i < x.length; i++) x[i] = 2 * (x[i] as number) - (m[i] as number);
      backend.write(mirrored[l] as Buffer, x);
    }
  }

  async save(state: EstimatorState): Promise<EstimatorSnapshot> {
    return { steps: state.steps };
  }

  async load(snapshot: EstimatorSnapshot): Promise<EstimatorState> {
    return stepsDone(snapshot.steps);
  }

  dispose(): void {
    this.#gradient.dispose();
    this.#room.dispose();
  }
}

function term(buffers: readonly Buffer[], scale: number, { rows, weights }: Batch): StatisticsTerm {
  const assignment: Assignment = buffers.map((buffer) => ({ values: buffer }));
  return weights ? { assignment, scale, weights } : { assignment, scale: scale / rows };
}

function stepsDone(steps: number): EstimatorState {
  return { steps, dispose: () => {} };
}

/** Whether the statistics between two states of a unit are between theirs: asked of the first state and each other. */
function hasLinearStatistics(layer: Layer): boolean {
  if (layer.states === null) return false;
  const unit = layer.select(Uint32Array.of(0));
  const statistics = (values: Float64Array): Float64Array => {
    const out = new Float64Array(unit.initial.length);
    unit.addStatistics(unit.initial, values, Float64Array.of(1), out);
    return out;
  };
  const at = (index: number): Float64Array => {
    const values = new Float64Array(unit.width);
    unit.state(index, values, 0);
    return values;
  };
  const first = at(0);
  const atFirst = statistics(first);
  for (let s = 1; s < layer.states; s++) {
    const state = at(s);
    const atState = statistics(state);
    const between = statistics(state.map((x, k) => (x + (first[k] as number)) / 2));
    if (between.some((b, i) => Math.abs(2 * b - (atFirst[i] as number) - (atState[i] as number)) > 1e-12)) return false;
  }
  return true;
}
