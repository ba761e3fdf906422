import {
  bernoulli,
  type EnergyModel,
  enumerate,
  fitVisible,
  generator,
  klDivergence,
  logLikelihood,
  rbm,
  type Samples,
  sampleEmpirical,
} from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { exact, sgd, train } from '@rbm/train';

/** The world: every one of its pictures once. */
export const patterns: ReturnType<typeof barsAndStripes> = barsAndStripes(3);
/** How many pictures the world has. */
export const PATTERNS: number = patterns.train.count;

/** How two models of the world stand after seeing a part of it. */
export interface Comparison {
  /** How often each picture was observed. */
  readonly counts: readonly number[];
  /** What the machine thinks of each picture: exact probabilities. */
  readonly model: readonly number[];
  /** Pictures that were never observed. */
  readonly missing: number;
  /** KL divergence of the empirical distribution from the world in nats: infinite as long as pictures are missing. */
  readonly empiricalDivergence: number;
  /** KL divergence of the machine from the world in nats. */
  readonly divergence: number;
  readonly steps: number;
}

/** KL divergence from the world of a model that knows nothing: every picture of 9 pixels as probable as any other. */
export const FEATURELESS: number = 9 * Math.LN2 - Math.log(PATTERNS);

/** Some observations of the world. */
export function drawSeen(count: number, seed: number): Samples {
  const random = generator(seed).fork('observations');
  return { values: sampleEmpirical(patterns.train, random, count), count, width: 9 };
}

/** Before anything was learned: every picture of 9 pixels is as probable as any other. */
export function compare(seen: Samples): Comparison {
  return comparison(seen, new Float64Array(PATTERNS).fill(-9 * Math.LN2), FEATURELESS, 0);
}

/** Learns from observations with the exact gradient; a comparison every ten steps. */
export async function* learn(
  seen: Samples,
  backend: Backend,
  seed: number,
): AsyncGenerator<Comparison, void, undefined> {
  const random = generator(seed);
  const model = rbm({ visible: bernoulli(9), hidden: bernoulli(8), random, scale: 0.5 });
  fitVisible(model, seen);
  const optimizer = sgd({ momentum: 0.9 });
  const settings = { optimizer, rate: 0.05, batch: seen.count, epochs: 1000, every: 10, random };
  for await (const { step } of train({ model, data: seen, backend, estimator: exact(), ...settings })) {
    yield judge(seen, model, step);
  }
}

async function judge(seen: Samples, model: EnergyModel, steps: number): Promise<Comparison> {
  const { logPartition } = await enumerate(model);
  const probabilities = logLikelihood(model, patterns.train.values, logPartition);
  return comparison(seen, probabilities, klDivergence(model, patterns.train, logPartition), steps);
}

function comparison(seen: Samples, logs: Float64Array, divergence: number, steps: number): Comparison {
  const keys = Array.from({ length: PATTERNS }, (_, n) => patterns.train.values.subarray(9 * n, 9 * n + 9).join());
  const counts = new Array<number>(PATTERNS).fill(0);
  for (let n = 0; n < seen.count; n++) {
    const index = keys.indexOf(seen.values.subarray(9 * n, 9 * n + 9).join());
    counts[index] = (counts[index] as number) + 1;
  }
  return {
    counts,
    model: Array.from(logs, Math.exp),
    missing: counts.filter((count) => count === 0).length,
    empiricalDivergence: counts.reduce((sum, count) => sum - Math.log((count * PATTERNS) / seen.count) / PATTERNS, 0),
    divergence,
    steps,
  };
}
