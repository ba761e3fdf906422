import {
  bernoulli,
  type EnergyModel,
  gaussian,
  generator,
  hopfield,
  inputs,
  ising,
  potts,
  rbm,
  reference,
  type Samples,
  spin,
  visibleDistribution,
} from '@rbm/core';
import { type Layer, layerParameters } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { gradients } from './estimators.testing.js';
import { maximumPseudoLikelihood } from './maximum-pseudo-likelihood.js';

function randomised(model: EnergyModel, seed: number): EnergyModel {
  const random = generator(seed);
  for (let i = 0; i < model.parameters.length; i++) model.parameters[i] = random.normal(0, i, 0, 0);
  return model;
}

/** Each state of the model, with random weights. */
function data(model: EnergyModel): Samples {
  const { states, count } = visibleDistribution(model);
  const random = generator(9);
  const weights = Float64Array.from({ length: count }, (_, n) => random.uniform(n, 0, 0, 0));
  return { values: states, count, width: states.length / count, weights };
}

/** `−⟨Σ_i log P(x_i | others)⟩` from the layer's conditional distribution. */
function cost(model: EnergyModel, { values, count, weights }: Samples): number {
  const layer = model.layers[0] as Layer;
  const received = inputs(model, 'visible', { visible: values });
  const cumulants = new Float64Array(count * layer.units);
  const theta = layerParameters(model, 0, model.parameters);
  layer.cgf(theta, received, cumulants);
  const total = (weights as Float64Array).reduce((sum, w) => sum + w, 0);
  let result = 0;
  const length = layer.units * layer.width;
  for (let row = 0; row < count; row++) {
    const sample = values.subarray(row * length, (row + 1) * length);
    const energies = new Float64Array(1);
    layer.addEnergy(theta, Float64Array.from(sample), energies);
    let log = -(energies[0] as number);
    for (let i = 0; i < length; i++) log += (sample[i] as number) * (received[row * length + i] as number);
    for (let u = 0; u < layer.units; u++) log -= cumulants[row * layer.units + u] as number;
    result -= ((weights as Float64Array)[row] as number) * log;
  }
  return result / total;
}

const models: [string, EnergyModel][] = [
  ['a Hopfield network of 0 and 1', randomised(hopfield({ visible: bernoulli(5) }), 1)],
  ['a Hopfield network of spins', randomised(hopfield({ visible: spin(5) }), 2)],
  ['a network of Potts units', randomised(hopfield({ visible: potts(3, { categories: 3 }) }), 3)],
  ['an Ising lattice', randomised(ising({ shape: [3, 2], periodic: false }), 4)],
];

describe.each(models)('on %s', (_, model) => {
  it('is the slope of the pseudo-likelihood, by finite differences', async () => {
    const samples = data(model);
    const [gradient] = (await gradients(model, samples, maximumPseudoLikelihood(), 1)) as [Float64Array];
    const step = 1e-5;
    gradient.forEach((g, i) => {
      const at = (change: number): number =>
        cost({ ...model, parameters: model.parameters.map((p, k) => (k === i ? p + change : p)) }, samples);
      expect(Math.abs(g - (at(step) - at(-step)) / (2 * step))).toBeLessThan(1e-9);
    });
  });

  it('vanishes at the model that made the data', async () => {
    const { states, probabilities, count } = visibleDistribution(model);
    const samples = { values: states, count, width: states.length / count, weights: probabilities };
    const [gradient] = (await gradients(model, samples, maximumPseudoLikelihood(), 1)) as [Float64Array];
    for (const g of gradient) expect(Math.abs(g)).toBeLessThan(1e-12);
  });
});

it.each<[string, EnergyModel]>([
  ['hidden layers', rbm({ visible: bernoulli(2), hidden: bernoulli(2) })],
  ['real units', hopfield({ visible: gaussian(2) })],
])('refuses %s', async (_, model) => {
  const program = await reference().prepare(model);
  expect(() => maximumPseudoLikelihood().bind(program, 3)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  expect(program.backend.memory().buffers).toBe(1);
});
