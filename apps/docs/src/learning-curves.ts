import { bernoulli, enumerate, generator, klDivergence, rbm, reference } from '@rbm/core';
import type { GradientEstimator } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { cd, exact, pcd, sgd, train } from '@rbm/train';

const SIDE = 3;
const HIDDEN = 8;
const UPDATES = 4000;
const EVERY = 50;

/** The exact divergence of the data from a model, at some moment of a training. */
export interface LearningPoint {
  readonly estimator: string;
  readonly update: number;
  /** In nats. */
  readonly divergence: number;
}

/** The divergence over a training on bars and stripes, with the gradient by three estimators from the same start. */
export async function learningCurves(seed: number): Promise<LearningPoint[]> {
  const estimators: Record<string, GradientEstimator> = {
    'exact gradient': exact(),
    'PCD-1': pcd({ sampler: gibbs(), chains: 200 }),
    'CD-1': cd(),
  };
  const points: LearningPoint[] = [];
  for (const [name, estimator] of Object.entries(estimators)) points.push(...(await curve(name, estimator, seed)));
  return points;
}

async function curve(name: string, estimator: GradientEstimator, seed: number): Promise<LearningPoint[]> {
  const data = barsAndStripes(SIDE).train;
  const random = generator(seed);
  const model = rbm({ visible: bernoulli(SIDE ** 2), hidden: bernoulli(HIDDEN), random, scale: 0.1 });
  const settings = { optimizer: sgd(), rate: { from: 0.2, to: 0 }, batch: data.count, epochs: UPDATES, every: EVERY };
  const points: LearningPoint[] = [];
  for await (const { step } of train({ model, data, backend: reference(), estimator, random, ...settings })) {
    const { logPartition } = await enumerate(model);
    points.push({ estimator: name, update: step, divergence: klDivergence(model, data, logPartition) });
  }
  return points;
}
