import type {
  AbortSignalLike,
  Batch,
  Buffer,
  Estimate,
  Estimation,
  EstimatorSnapshot,
  EstimatorState,
  Generator,
} from '@rbm/core';
import { BatchOrder } from './batches.js';
import type { PlannedPhase } from './phase.js';
import { SampleRows, type SampleSource } from './source.js';

/** A phase of a training on a program: its batches, its estimator and where that stands. */
export class PhaseAtWork {
  readonly #samples: SampleRows;
  readonly #order: BatchOrder;
  readonly #firstStep: number;
  readonly #batch: Batch;
  readonly #estimation: Estimation;
  readonly #random: Generator;
  #state: EstimatorState;
  #info: Estimate['info'] = {};

  /** @param from Where the estimator goes on from; its own start if absent. */
  static async begin(
    source: SampleSource,
    random: Generator,
    phase: PlannedPhase,
    from: EstimatorSnapshot | undefined,
  ): Promise<PhaseAtWork> {
    const { program, samples: data } = source;
    const samples = new SampleRows(source, phase.batch);
    let estimation: Estimation | undefined;
    try {
      estimation = phase.estimator.bind(program, phase.batch);
      const chains = random.fork(phase.origin === 0 ? 'chains' : `chains of phase ${phase.origin}`);
      const state = from ? await estimation.load(from) : await estimation.init(chains);
      const order = new BatchOrder(random, data.count, phase.batch, phase.seen + phase.done.samples);
      return new PhaseAtWork(samples, order, phase.start + phase.done.steps, estimation, chains, state);
    } catch (error) {
      estimation?.dispose();
      samples.dispose();
      throw error;
    }
  }

  private constructor(
    samples: SampleRows,
    order: BatchOrder,
    firstStep: number,
    estimation: Estimation,
    random: Generator,
    state: EstimatorState,
  ) {
    const { visible, rows, weights } = samples;
    this.#samples = samples;
    this.#batch = { visible, rows, ...(weights ? { weights } : {}) };
    this.#order = order;
    this.#firstStep = firstStep;
    this.#estimation = estimation;
    this.#random = random;
    this.#state = state;
  }

  /** What the estimator reported last. */
  get info(): Estimate['info'] {
    return this.#info;
  }

  /** The gradient of the cost from the batch of a step of the training. */
  async estimate(step: number, signal?: AbortSignalLike): Promise<Buffer> {
    this.#samples.fill((row) => this.#order.sampleAt(step - this.#firstStep, row));
    const options = signal ? { signal } : {};
    const { state, gradient, info } = await this.#estimation.estimate(this.#batch, this.#state, this.#random, options);
    this.#state = state;
    this.#info = info;
    return gradient;
  }

  save(): Promise<EstimatorSnapshot> {
    return this.#estimation.save(this.#state);
  }

  dispose(): void {
    this.#state.dispose();
    this.#estimation.dispose();
    this.#samples.dispose();
  }
}
