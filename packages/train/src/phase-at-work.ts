import type { AbortSignalLike, Generator } from '@rbm/core';
import type { Buffer, Estimate, Estimation, EstimatorSnapshot, EstimatorState, Program } from '@rbm/core/contracts';
import type { BatchFeed } from './batch-feed.js';
import { rowsAt } from './batches.js';
import { type PlannedPhase, samplesBefore } from './phase.js';

/** A phase of a training on a program: its batches, its estimator and where that stands. */
export class PhaseAtWork {
  readonly #feed: BatchFeed;
  readonly #phase: PlannedPhase;
  readonly #estimation: Estimation;
  readonly #random: Generator;
  #state: EstimatorState;
  #info: Estimate['info'] = {};

  /** @param from Where the estimator goes on from; its own start if absent. */
  static async begin(
    program: Program,
    feed: BatchFeed,
    random: Generator,
    phase: PlannedPhase,
    from: EstimatorSnapshot | undefined,
  ): Promise<PhaseAtWork> {
    const estimation = phase.estimator.bind(program, phase.batch);
    try {
      const chains = random.fork(phase.origin === 0 ? 'chains' : `chains of phase ${phase.origin}`);
      const state = from ? await estimation.load(from) : await estimation.init(chains);
      return new PhaseAtWork(feed, phase, estimation, chains, state);
    } catch (error) {
      estimation.dispose();
      throw error;
    }
  }

  private constructor(
    feed: BatchFeed,
    phase: PlannedPhase,
    estimation: Estimation,
    random: Generator,
    state: EstimatorState,
  ) {
    this.#feed = feed;
    this.#phase = phase;
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
    const position = this.#phase.seen + samplesBefore(this.#phase, step);
    const filled = this.#feed.batchAt(position, rowsAt(position, this.#phase));
    const batch = filled instanceof Promise ? await filled : filled;
    const options = signal ? { signal } : {};
    const { state, gradient, info } = await this.#estimation.estimate(batch, this.#state, this.#random, options);
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
    this.#feed.releaseBuffers();
  }
}
