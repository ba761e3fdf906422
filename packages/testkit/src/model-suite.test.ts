import {
  bernoulli,
  boltzmannMachine,
  type EnergyModel,
  hopfield,
  independent,
  ising,
  parameter,
  potts,
  rbm,
  smoothedEmpirical,
  spin,
} from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { modelChecks, modelSuite } from './model-suite.js';
import { gated, thirdOrder } from './models/open-models.js';
import { wrongModels } from './models/wrong-models.js';
import { randomDeepBoltzmannMachine } from './models.js';

/** The messages of the checks that fail, by name. */
async function failures(checks: ReturnType<typeof modelChecks>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      found[name] = (error as Error).message;
    }
  }
  return found;
}

describe('modelChecks', () => {
  it.each(wrongModels)('catches $fault: $caughtBy', async ({ options, caughtBy, message }) => {
    const found = await failures(modelChecks(options).filter(({ name }) => name === caughtBy));
    expect(found[caughtBy]).toMatch(message);
  });

  it('has no check that no wrong model fails', () => {
    const checked = modelChecks({ model: () => thirdOrder() }).map(({ name }) => name);
    expect(new Set(wrongModels.map(({ caughtBy }) => caughtBy))).toEqual(new Set(checked));
  });

  it.each([2, 3])('passes a right model with other random numbers: seed %i', async (seed) => {
    expect(await failures(modelChecks({ model: () => thirdOrder(), seed }))).toEqual({});
  });

  it('compares with the equation of the author', async () => {
    const energy = (model: EnergyModel, values: Readonly<Record<string, Float64Array>>): number => {
      const [v, h] = [values.visible, values.hidden] as [Float64Array, Float64Array];
      const w = parameter(model, 'products.weights');
      const [a, b] = [parameter(model, 'visible.bias'), parameter(model, 'hidden.bias')];
      const [v0, v1, v2, h0, h1] = [...v, ...h] as [number, number, number, number, number];
      const [w0, w1, w2, w3, w4] = [...w] as [number, number, number, number, number];
      const fields =
        [...v].reduce((sum, x, i) => sum + x * (a[i] as number), 0) + h0 * (b[0] as number) + h1 * (b[1] as number);
      const products =
        w0 * v0 * v1 * h0 + w1 * v1 * v2 * h1 + w2 * (v0 * v2 * h0 + v0 * v1 * h1) + w3 * (h0 + h1) + w4 * v1 * v2;
      return 0.3 - fields - products;
    };
    expect(await failures(modelChecks({ model: () => thirdOrder(), energy }))).toEqual({});
  });
});

describe('the models of core', () => {
  const samples = { values: Uint8Array.of(0, 1, 1, 1, 0, 0), count: 2, width: 3 };
  const models: Record<string, () => EnergyModel> = {
    rbm: () => rbm({ visible: bernoulli(3), hidden: spin(2) }),
    'rbm of categories': () => rbm({ visible: potts(2, { categories: 3 }), hidden: bernoulli(2) }),
    independent: () => independent(bernoulli(3)),
    hopfield: () => hopfield({ visible: bernoulli(4) }),
    'hopfield of categories': () => hopfield({ visible: potts(2, { categories: 3 }) }),
    ising: () => ising({ shape: [2, 3], periodic: false }),
    graph: () => boltzmannMachine({ visible: bernoulli(3), hidden: spin(2), edges: [0, 1, 0, 3, 1, 4, 2, 4, 3, 4] }),
    'deep Boltzmann machine': () => randomDeepBoltzmannMachine({ widths: [2, 2, 2], scale: 1, seed: 1 }),
    'smoothed empirical': () => smoothedEmpirical({ visible: bernoulli(3), samples, flip: 0.1 }),
    'third order': () => thirdOrder(),
    gated,
  };
  for (const [name, model] of Object.entries(models)) describe(name, () => modelSuite({ it, model }));
});
