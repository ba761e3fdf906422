import { bernoulli, deepBoltzmannMachine, type EnergyModel, type Generator, generator, rbm } from '@rbm/core';

/** What `randomRbm` takes. */
export interface RandomRbmOptions {
  /** Visible units. */
  readonly visible: number;
  /** Hidden units. */
  readonly hidden: number;
  /** Standard deviation of all weights and biases. */
  readonly scale: number;
  readonly seed: number;
}

/** A restricted Boltzmann machine of Bernoulli units whose weights and biases are normal numbers. */
export function randomRbm({ visible, hidden, scale, seed }: RandomRbmOptions): EnergyModel {
  const model = rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden) });
  return fillParameters(model, scale, generator(seed));
}

/** What `randomDeepBoltzmannMachine` takes. */
export interface RandomDeepOptions {
  /** Units of each layer, the visible one first. */
  readonly widths: readonly number[];
  /** Standard deviation of all weights and biases. */
  readonly scale: number;
  readonly seed: number;
}

/**
 * A deep Boltzmann machine (Salakhutdinov and Hinton 2009) of Bernoulli units: each layer interacts with the next, and
 * its two blocks are the odd and the even layers. The simplest model whose blocks hold more than one layer.
 */
export function randomDeepBoltzmannMachine({ widths, scale, seed }: RandomDeepOptions): EnergyModel {
  const [visible = 0, ...hidden] = widths;
  const model = deepBoltzmannMachine({ visible: bernoulli(visible), hidden: hidden.map((units) => bernoulli(units)) });
  return fillParameters(model, scale, generator(seed));
}

/** Gives a model parameters that are normal numbers, those with a minimum above it. */
export function fillParameters(model: EnergyModel, scale: number, random: Generator): EnergyModel {
  for (const { offset, length, minimum } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      const x = scale * random.normal(0, i, 0, 0);
      model.parameters[i] = Number.isFinite(minimum) ? minimum + 0.7 + Math.abs(x) : x;
    }
  }
  return model;
}
