import {
  type EnergyModel,
  empirical,
  empiricalLogProbability,
  enumerate,
  generator,
  ising,
  logLikelihood,
  rbm,
  reference,
  type Samples,
  sampleEmpirical,
  smoothedEmpirical,
  spin,
  visibleDistribution,
} from '@rbm/core';
import { exact, sgd, train } from '@rbm/train';

/** Spins of the source: an open lattice of 3 × 3, so that 512 observations are possible. */
const SHAPE = [3, 3];
const UNITS = 9;
const COUPLING = 0.4;
/** The noise of the smoothed empirical distribution. */
const FLIP = 0.1;
const HIDDEN = 4;

/** What three models of the same samples make of data they have not seen. */
export interface Generalisation {
  /** Samples in the training data. */
  readonly count: number;
  /** `⟨log P(x)⟩` over the source, exact, in nats: `−∞` while any possible observation is missing. */
  readonly empirical: number;
  readonly smoothed: number;
  readonly rbm: number;
}

/** Where observations come from, with every one of them and its probability. */
export interface Source {
  readonly states: Samples;
  /** `⟨log P⟩` of the source under itself, which is minus its entropy: no model has more. */
  readonly best: number;
}

/** The Ising model that observations are drawn from. */
export function source(): Source {
  const { states, probabilities, count } = visibleDistribution(ising({ shape: SHAPE, couplings: COUPLING }));
  return {
    states: { values: states, count, width: UNITS, weights: probabilities },
    best: probabilities.reduce((sum, p) => sum + p * Math.log(p), 0),
  };
}

/**
 * Trains on `count` observations of the source and judges by all possible ones: the held-out log-likelihood for held-out
 * data without end.
 */
export async function generalise(count: number, seed: number): Promise<Generalisation> {
  const { states } = source();
  const random = generator(seed);
  const drawn = sampleEmpirical(states, random.fork('data'), count);
  const { rows, probabilities, count: distinct } = empirical({ values: drawn, count, width: UNITS });
  const data = { values: rows, count: distinct, width: UNITS, weights: probabilities };
  const smoothed = smoothedEmpirical({ visible: spin(UNITS), samples: data, flip: FLIP });
  return {
    count,
    empirical: weightedMean(empiricalLogProbability(data, states.values), states),
    smoothed: await average(smoothed, states),
    rbm: await average(await trained(data, seed), states),
  };
}

async function average(model: EnergyModel, states: Samples): Promise<number> {
  const { logPartition } = await enumerate(model);
  return weightedMean(logLikelihood(model, states.values, logPartition), states);
}

/** The weights of the states are their probabilities, all positive, so that one `−∞` makes the mean `−∞`. */
function weightedMean(logs: Float64Array, { weights }: Samples): number {
  return logs.reduce((sum, log, n) => sum + (weights?.[n] as number) * log, 0);
}

async function trained(data: Samples, seed: number): Promise<EnergyModel> {
  const random = generator(seed);
  const model = rbm({ visible: spin(UNITS), hidden: spin(HIDDEN), random, scale: 0.1 });
  const settings = {
    optimizer: sgd({ momentum: 0.9 }),
    rate: 0.05,
    batch: data.count,
    epochs: 200,
    every: 200,
    random,
  };
  for await (const { step } of train({ model, data, backend: reference(), estimator: exact(), ...settings })) {
    if (step === 200) break;
  }
  return model;
}
