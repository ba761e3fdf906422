import {
  bernoulli,
  cloneModel,
  type EnergyModel,
  enumerate,
  exactGradient,
  generator,
  klDivergence,
  logLikelihood,
  rbm,
  reference,
  type Samples,
} from '@rbm/core';
import type { Backend, GradientEstimator, Range } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { cd, exact, pcd, sgd, type TrainingRecord, train } from '@rbm/train';
import { type Watched, watch } from './watched-estimator.js';

/** What is learned, and by which machine. */
export interface Lesson {
  /** Tells the reports of one lesson from those of another. */
  readonly id: number;
  /** Pixels on a side of the pictures. */
  readonly side: number;
  readonly hidden: number;
  readonly seed: number;
}

export type EstimatorName = 'exact' | 'cd' | 'pcd';

/** How it is learned. May change on the way. */
export interface Method {
  readonly estimator: EstimatorName;
  /** Sweeps of block Gibbs an update. */
  readonly k: number;
  /** Chains for each picture of the data. */
  readonly copies: number;
  readonly rate: number;
}

/** How an estimate stands to the exact gradient at the same parameters. */
interface Comparison {
  /** Cosine of the angle between them. */
  readonly cosine: number;
  /** Length of the estimate. */
  readonly length: number;
  /** Length of the exact gradient. */
  readonly exactLength: number;
}

/** Where a lesson stands. Images are `[hidden, side · side]`. */
export interface Report {
  readonly lesson: number;
  readonly step: number;
  /** `KL(P_data ‖ P_model)` in nats, exact. */
  readonly divergence: number;
  /** Probability of all pictures of the data together, exact. */
  readonly mass: number;
  readonly weights: Float64Array;
  /** `⟨v h⟩` over the data, exact. */
  readonly positive: Float64Array;
  /** `⟨v h⟩` of the model, as the estimator has it. */
  readonly negative: Float64Array;
  /** `⟨v h⟩` of the model, exact. */
  readonly exactNegative: Float64Array;
  /** Of the last estimate, noise included. Absent before the first update. */
  readonly comparison?: Comparison;
  /** Of the means of the last `AVERAGED` estimates and exact gradients: noise fades, bias stays. */
  readonly smoothed?: Comparison;
}

/** Updates between reports. */
export const STEPS_BETWEEN = 5;

/** Estimates in a mean. */
export const AVERAGED = 20;

/** A machine that learns bars and stripes, and is compared with what enumeration says. */
export class Learner {
  readonly #lesson: Lesson;
  readonly #backend: Backend = reference();
  readonly #data: Samples;
  readonly #model: EnergyModel;
  #method: Method;
  #watched: Watched | undefined;
  #run: AsyncGenerator<TrainingRecord, void, undefined> | undefined;
  #runs = 0;
  /** Estimates and exact gradients, the last ones of this method. */
  #pairs: (readonly [estimate: Float64Array, exact: Float64Array])[] = [];
  #stepsBefore = 0;
  #stepsOfRun = 0;

  constructor(lesson: Lesson, method: Method) {
    const { side, hidden, seed } = lesson;
    this.#lesson = lesson;
    this.#method = method;
    this.#data = barsAndStripes(side).train;
    const random = generator(seed);
    this.#model = rbm({ visible: bernoulli(side * side), hidden: bernoulli(hidden), random, scale: 0.1 });
  }

  /** Goes on from the present parameters in another way; persistent chains start afresh. */
  async change(method: Method): Promise<void> {
    const run = this.#run;
    this.#method = method;
    this.#run = undefined;
    this.#pairs = [];
    await run?.return();
  }

  /** Before anything was learned. */
  async look(): Promise<Report> {
    return this.#report(this.#model, undefined);
  }

  /** Some updates. */
  async advance(): Promise<Report> {
    this.#run ??= this.#start();
    const { value: record } = await this.#run.next();
    if (record) this.#stepsOfRun = record.step;
    return this.#report(this.#model, this.#watched);
  }

  async close(): Promise<void> {
    await this.#run?.return();
    await this.#backend.close();
  }

  #compareMeans(): Comparison {
    const [estimate, gradient] = ([0, 1] as const).map((which) =>
      this.#model.parameters.map((_, i) =>
        this.#pairs.reduce((sum, pair) => sum + (pair[which][i] as number) / AVERAGED, 0),
      ),
    ) as [Float64Array, Float64Array];
    return compare(estimate, gradient);
  }

  #start(): AsyncGenerator<TrainingRecord, void, undefined> {
    const { copies, rate } = this.#method;
    const data = repeat(this.#data, copies);
    this.#stepsBefore += this.#stepsOfRun;
    this.#stepsOfRun = 0;
    this.#watched = watch(makeEstimator(this.#method), STEPS_BETWEEN);
    return train({
      model: this.#model,
      data,
      backend: this.#backend,
      estimator: this.#watched.estimator,
      optimizer: sgd(),
      rate,
      batch: data.count,
      epochs: 1e6,
      every: STEPS_BETWEEN,
      // Another run of the same lesson draws other numbers.
      random: generator(this.#lesson.seed).fork(this.#runs++),
    });
  }

  async #report(model: EnergyModel, watched: Watched | undefined): Promise<Report> {
    const { logPartition, statistics } = await enumerate(model);
    const seen = watched?.last();
    const before = seen ? { ...cloneModel(model), parameters: seen.parameters } : model;
    const at = seen ? await enumerate(before) : { logPartition, statistics };
    const { positive, negative, gradient } = exactGradient(before, this.#data, { states: 0, means: {}, ...at });
    if (seen) this.#pairs = [...this.#pairs, [seen.gradient, gradient] as const].slice(-AVERAGED);
    const image = (numbers: Float64Array): Float64Array => byHiddenUnit(model, numbers);
    return {
      lesson: this.#lesson.id,
      step: this.#stepsBefore + this.#stepsOfRun,
      divergence: klDivergence(model, this.#data, logPartition),
      mass: logLikelihood(model, this.#data.values, logPartition).reduce((sum, log) => sum + Math.exp(log), 0),
      weights: image(model.parameters),
      positive: image(positive),
      negative: image(seen?.phases?.negative ?? negative),
      exactNegative: image(negative),
      ...(seen ? { comparison: compare(seen.gradient, gradient) } : {}),
      ...(this.#pairs.length === AVERAGED ? { smoothed: this.#compareMeans() } : {}),
    };
  }
}

function makeEstimator({ estimator, k }: Method): GradientEstimator {
  if (estimator === 'exact') return exact();
  return estimator === 'cd' ? cd({ k }) : pcd({ sampler: gibbs(), k });
}

/** The same distribution with every sample several times: so many chains start at each. */
function repeat({ values, count, width }: Samples, copies: number): Samples {
  const repeated = new Float64Array(copies * count * width);
  for (let copy = 0; copy < copies; copy++) repeated.set(values, copy * count * width);
  return { values: repeated, count: copies * count, width };
}

/** Numbers of the weights, of all that are laid out like parameters: an image for every hidden unit. */
function byHiddenUnit(model: EnergyModel, numbers: Float64Array): Float64Array {
  const [visible, hidden] = model.layers.map(({ units }) => units) as [number, number];
  const { start } = model.layout.interactions[0] as Range;
  return Float64Array.from({ length: visible * hidden }, (_, n) => {
    const [j, i] = [Math.floor(n / visible), n % visible];
    return numbers[start + i * hidden + j] as number;
  });
}

/** @param estimate Laid out like the parameters, as `gradient` is. */
export function compare(estimate: Float64Array, gradient: Float64Array): Comparison {
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
  const [length, exactLength] = [Math.sqrt(product(estimate, estimate)), Math.sqrt(product(gradient, gradient))];
  const cosine = product(estimate, gradient) / (length * exactLength);
  // Rounding may make equals more than equal.
  return { cosine: Math.min(1, Math.max(-1, cosine)), length, exactLength };
}
