import {
  bernoulli,
  type EnergyModel,
  type Generator,
  generator,
  hopfield,
  type LayerValues,
  RbmError,
  reference,
  statistics,
} from '@rbm/core';
import type { Backend, Batch, Estimation, GradientEstimator, Program } from '@rbm/core/contracts';
import { gatherStates, jointDistribution } from '../joint.js';
import { fillParameters, randomRbm } from '../models.js';
import type { Pace } from '../pace.js';

/** What the checks of an estimator work on. */
export interface EstimatorSubject {
  readonly estimator: GradientEstimator;
  /** Small discrete models: at most 64 joint states each. */
  readonly models: readonly EnergyModel[];
  /** The cost whose gradient it is, where that is not the negative log-likelihood. */
  readonly cost: EstimatorCost | undefined;
  readonly pace: Pace;
}

/** A cost at the parameters of a model, averaged over samples. */
export type EstimatorCost = (model: EnergyModel, samples: SmallData) => number;

/** A restricted Boltzmann machine, and a network without hidden units. */
export function estimatorModels(): EnergyModel[] {
  return [
    randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 8 }),
    fillParameters(hopfield({ visible: bernoulli(3) }), 0.8, generator(9)),
  ];
}

/** Samples for a batch: values of the visible layers by name. */
export interface SmallData {
  readonly rows: number;
  readonly values: LayerValues;
  /** Sum to 1. */
  readonly weights?: Float64Array;
}

/** Two sets of samples that have none in common, `rows` each, so that one can be told from the other. */
export function twoSets(model: EnergyModel, rows: number): readonly [SmallData, SmallData] {
  const joint = jointDistribution(model, 64);
  const representatives = new Map<number, number>();
  joint.visible.forEach((v, state) => {
    representatives.set(v, state);
  });
  const states = [...representatives.values()];
  const half = Math.floor(states.length / 2);
  const pick = (from: readonly number[]): SmallData => {
    const all = gatherStates(
      joint,
      Array.from({ length: rows }, (_, row) => from[row % Math.min(3, from.length)] as number),
    );
    const names = model.visible.map((l) => model.names[l] as string);
    return { rows, values: Object.fromEntries(names.map((name) => [name, all[name] as Float64Array])) };
  };
  return [pick(states.slice(0, half)), pick(states.slice(half).reverse())];
}

/** The first of some samples. */
export function firstSamples({ values }: SmallData, rows: number, of: number): SmallData {
  const first = Object.entries(values).map(([name, array]) => {
    const width = (array as ArrayLike<number>).length / of;
    return [
      name,
      Float64Array.from({ length: rows * width }, (_, n) => (array as ArrayLike<number>)[n] as number),
    ] as const;
  });
  return { rows, values: Object.fromEntries(first) };
}

/** The same samples, the first counting most. */
export function withWeights(data: SmallData): SmallData {
  const weights = Float64Array.from({ length: data.rows }, (_, row) => [4, 1, 2][row % 3] as number);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { ...data, weights: weights.map((w) => w / total) };
}

/** The exact positive phase: sufficient statistics over the samples, hidden units by their conditional distribution. */
export function positivePhase(model: EnergyModel, { values, weights }: SmallData): Float64Array {
  return statistics(model, values, weights);
}

/** An estimator at work on a reference backend of its own. */
export interface EstimatorBench {
  readonly backend: Backend;
  readonly program: Program;
  readonly estimation: Estimation;
  batch(data: SmallData): Batch;
  /** Releases everything but the states of the estimator. */
  dispose(): void;
}

export async function bindEstimator(
  estimator: GradientEstimator,
  model: EnergyModel,
  rows: number,
  spy: (program: Program) => Program = (program) => program,
): Promise<EstimatorBench> {
  const backend = reference();
  const plain = await backend.prepare(model);
  const program = spy(plain);
  const estimation = estimator.bind(program, rows);
  const batches: Batch[] = [];
  return {
    backend,
    program,
    estimation,
    batch: ({ rows, values, weights }) => {
      const visible = model.visible.map((layer) => {
        const buffer = plain.allocate({ holds: 'states', layer, rows });
        backend.write(buffer, Float64Array.from(values[model.names[layer] as string] as ArrayLike<number>));
        return buffer;
      });
      const counts = weights && plain.allocate({ holds: 'rows', rows });
      if (counts) backend.write(counts, weights);
      const batch: Batch = counts ? { visible, rows, weights: counts } : { visible, rows };
      batches.push(batch);
      return batch;
    },
    dispose: () => {
      estimation.dispose();
      for (const { visible, weights } of batches) for (const buffer of [...visible, weights]) buffer?.dispose();
      plain.dispose();
    },
  };
}

/** Successive gradients at the same parameters, one a batch. */
export async function gradientsOf(
  { backend, estimation }: EstimatorBench,
  batches: readonly Batch[],
  random: Generator,
): Promise<Float64Array[]> {
  const found: Float64Array[] = [];
  let state = await estimation.init(random);
  for (const batch of batches) {
    const estimate: Awaited<ReturnType<Estimation['estimate']>> = await estimation.estimate(batch, state, random);
    state = estimate.state;
    found.push(await backend.read(estimate.gradient));
  }
  state.dispose();
  return found;
}

/**
 * Calls `work` for every model that the estimator takes: one it refuses with `UNSUPPORTED` is not demanded.
 *
 * @throws Error if it takes none of them.
 */
export async function eachTaken(
  { estimator, models, pace }: EstimatorSubject,
  work: (model: EnergyModel) => Promise<void>,
): Promise<void> {
  const refusals: string[] = [];
  for (const [n, model] of models.entries()) {
    pace.reach(`model ${n + 1} of ${models.length}`);
    const refusal = await findRefusal(estimator, model);
    if (refusal === undefined) await work(model);
    else refusals.push(`${model.kind}: ${refusal}`);
  }
  if (refusals.length < models.length) return;
  throw new Error(
    `Estimator "${estimator.name}" refuses every model of the suite (${refusals.join('; ')}). Give the suite some that it ` +
      'takes, as `models`: discrete, of at most 64 joint states.',
  );
}

async function findRefusal(estimator: GradientEstimator, model: EnergyModel): Promise<string | undefined> {
  try {
    const bench = await bindEstimator(estimator, model, 2);
    await gradientsOf(bench, [bench.batch(twoSets(model, 2)[0])], generator(1));
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === 'UNSUPPORTED') return error.message;
    throw error;
  }
  return undefined;
}
