import {
  type Assignment,
  type Buffer,
  bernoulli,
  boltzmannMachine,
  createModel,
  type EnergyModel,
  generator,
  hopfield,
  ising,
  type Path,
  potts,
  spin,
} from '@rbm/core';
import { randomDeepBoltzmannMachine } from '../models.js';
import {
  drawNumbers,
  drawValues,
  fillModel,
  largest,
  type MakeBackend,
  type Twin,
  Twins,
  withBackend,
} from './subject.js';

const ROWS = 3;

/** Models with interactions of all kinds, within layers and between them, and with blocks of parts of layers. */
function networks(): EnergyModel[] {
  const models = [
    hopfield({ visible: bernoulli(5) }),
    hopfield({ visible: potts(3, { categories: 3 }) }),
    ising({ shape: [4, 6], periodic: true }),
    // Five units in a ring need three colours.
    ising({ shape: [5] }),
    randomDeepBoltzmannMachine({ widths: [5, 3, 3], scale: 1, seed: 2 }),
    semiRestricted(),
    graph(),
    boltzmannMachine({ visible: bernoulli(3), hidden: spin(2), edges: [0, 1, 0, 3, 1, 4, 2, 4, 3, 4] }),
  ];
  return models.map((model, n) => fillModel(model, generator(40 + n)));
}

/** Categorical visible units that are coupled to each other, and to a hidden layer. */
function semiRestricted(): EnergyModel {
  return createModel({
    kind: 'testkit/semi-restricted',
    layers: [
      { name: 'visible', layer: potts(5, { categories: 3 }), visible: true },
      { name: 'hidden', layer: bernoulli(4) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 1] },
      { kind: 'sparse', name: 'couplings', between: [0, 0], edges: Uint32Array.of(2, 0, 1, 2, 3, 2, 4, 1) },
    ],
    blocks: [[1], [{ layer: 0, units: Uint32Array.of(0, 1, 3) }], [{ layer: 0, units: Uint32Array.of(2, 4) }]],
  });
}

/** Two layers joined by a few edges of blocks of numbers; a unit without any, and an interaction without edges. */
function graph(): EnergyModel {
  return createModel({
    kind: 'testkit/graph',
    layers: [
      { name: 'visible', layer: spin(6), visible: true },
      { name: 'hidden', layer: potts(4, { categories: 2 }) },
    ],
    interactions: [
      { kind: 'sparse', name: 'weights', between: [0, 1], edges: Uint32Array.of(0, 1, 5, 0, 2, 2, 0, 2, 4, 1) },
      { kind: 'sparse', name: 'none', between: [1, 1], edges: new Uint32Array() },
    ],
    blocks: [[1], [0]],
  });
}

/** Every operation whose outcome interactions decide, on networks that are no machine of two layers. */
export async function checkNetworks(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    for (const model of networks()) {
      const twins = await Twins.prepare(backend, model);
      await checkNetwork(twins);
      twins.dispose();
    }
  });
}

async function checkNetwork(twins: Twins): Promise<void> {
  const { model } = twins;
  const random = generator(6);
  const scale = 1 + 20 * largest(model.parameters);
  const values = await drawValues(twins, ROWS, random);
  const states = values.map((data, layer) => twins.allocate({ holds: 'states', layer, rows: ROWS }, data));
  const base = twins.allocate({ holds: 'parameters' }, drawNumbers(model.layout.length, 0.5, random.fork('base')));
  const betas = twins.allocate({ holds: 'rows', rows: ROWS }, Float64Array.of(0.25, 1, 0.5));
  const weights = twins.allocate({ holds: 'rows', rows: ROWS }, Float64Array.of(0.5, 2, 1));
  for (const annealed of [true, false]) {
    const pathOf = (of: (twin: Twin) => Buffer): Path | undefined =>
      annealed ? { base: of(base), beta: of(betas) } : undefined;
    twins.run((program, of) => program.gibbs(states.map(of), 4, { random, step: 0 }, pathOf(of)));
    for (const twin of states) await twins.compare('States after 4 sweeps over blocks', twin, scale);
    const received = model.layers.map((_, layer) => twins.allocate({ holds: 'inputs', layer, rows: ROWS }));
    twins.run((program, of) => {
      for (const [layer, twin] of received.entries()) program.affine(layer, states.map(of), of(twin));
    });
    for (const twin of received) await twins.compare('affine, of all units that interact', twin, scale);
    for (const summed of [undefined, wholeLayer(model)]) {
      const energies = twins.allocate({ holds: 'rows', rows: ROWS }, Float64Array.of(1, 2, 3));
      const statistics = twins.allocate({ holds: 'parameters' });
      twins.run((program, of) => {
        const assignment: Assignment = states.map((twin, l) =>
          l === summed ? { inputs: of(received[l] as Twin) } : { values: of(twin) },
        );
        program.energy(assignment, { rows: of(energies), scale: -0.5 }, pathOf(of));
        program.statistics(of(statistics), [{ assignment, scale: 2, weights: of(weights) }]);
      });
      await twins.compare(summed === undefined ? 'energy' : 'energy without a layer', energies, scale);
      await twins.compare('statistics', statistics, scale);
    }
  }
}

/** A layer whose units are independent given all others, if there is one. */
function wholeLayer({ blocks }: EnergyModel): number | undefined {
  return blocks.flat().find(({ units }) => units === undefined)?.layer;
}
