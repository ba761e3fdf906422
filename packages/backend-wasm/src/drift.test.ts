import { bernoulli, createModel, type EnergyModel, generator, ising, potts, spin } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { noDrift, randomDeepBoltzmannMachine, randomRbm } from '@rbm/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasm } from './backend.js';
import { normals, randomModel } from './reference.testing.js';

const models: Readonly<Record<string, EnergyModel>> = {
  'a restricted Boltzmann machine': randomRbm({ visible: 5, hidden: 4, scale: 1, seed: 1 }),
  'a deep one': randomDeepBoltzmannMachine({ widths: [4, 3, 3], scale: 1, seed: 2 }),
  spins: randomModel(spin(5), spin(4), 3),
  categories: randomModel(potts(3, { categories: 3 }), bernoulli(4), 4),
  'a Boltzmann machine, unit by unit': boltzmann(),
  'a lattice, colour by colour': ising({ shape: [2, 3], periodic: false, couplings: 0.3, fields: 0.1 }),
};

function boltzmann(): EnergyModel {
  const model = createModel({
    kind: 'boltzmann',
    layers: [{ name: 'visible', layer: bernoulli(6), visible: true }],
    interactions: [{ kind: 'symmetric', name: 'couplings', between: [0, 0] }],
    blocks: Array.from({ length: 6 }, (_, i) => [{ layer: 0, units: Uint32Array.of(i) }]),
  });
  model.parameters.set(normals(5, model.parameters.length));
  return model;
}

describe.each([1, 2])('with threads: %i', (threads) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await wasm({ threads });
  });
  afterAll(() => backend.close());

  test.each(Object.entries(models))('chains of %s stay where they belong', async (_, model) => {
    const random = generator(7);
    const { failures } = await noDrift({ sampler: gibbs(), model, backend, random, chains: 20_000, sweeps: [1, 4] });
    expect(failures).toEqual([]);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });
});
