import {
  bernoulli,
  boltzmannMachine,
  createModel,
  type EnergyModel,
  generator,
  hopfield,
  ising,
  potts,
  spin,
} from '@rbm/core';
import type { Assignment } from '@rbm/core/contracts';
import { gated, thirdOrder } from '../models/open-models.js';
import { randomDeepBoltzmannMachine } from '../models.js';
import { drawValues, fillModel, largest, type MakeBackend, Twins, withBackend } from './subject.js';
import { allTargets, disposeTarget, type InputsTwin, inputsOf, nameOf, receiveAt, targetOf } from './targets.js';

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
    // Interactions that no backend knows: they have to run on the host.
    thirdOrder(),
    gated(),
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

/** Two layers joined by a few edges of blocks of numbers; a unit without any, an interaction without edges, and a constant. */
function graph(): EnergyModel {
  return createModel({
    kind: 'testkit/graph',
    constant: 1.5,
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
  const scale = 1 + 20 * largest(model.parameters, [1]);
  const values = await drawValues(twins, ROWS, random);
  const states = values.map((data, layer) => twins.allocate({ holds: 'states', layer, rows: ROWS }, data));
  const weights = twins.allocate({ holds: 'rows', rows: ROWS }, Float64Array.of(0.5, 2, 1));
  for (const target of allTargets(twins, ROWS, random).toReversed()) {
    const where = nameOf(target);
    twins.run((program, of) => program.gibbs(states.map(of), 4, { random, step: 0 }, targetOf(target, of)));
    for (const twin of states) await twins.compare(`States after 4 sweeps over blocks, ${where},`, twin, scale);
    const received = model.layers.map((_, layer) => receiveAt(twins, ROWS, layer, states, target));
    for (const { inputs, base } of received) {
      await twins.compare('affine, of all units that interact', inputs, scale);
      if (base) await twins.compare('affine at a base, of all units that interact', base, scale);
    }
    for (const summed of [undefined, wholeLayer(model)]) {
      const energies = twins.allocate({ holds: 'rows', rows: ROWS }, Float64Array.of(1, 2, 3));
      const statistics = twins.allocate({ holds: 'parameters' });
      // A layer with clamped units cannot be summed out.
      const out = summed === undefined || target?.clamp?.[summed] ? undefined : summed;
      twins.run((program, of) => {
        const assignment: Assignment = states.map((twin, l) =>
          l === out ? inputsOf(received[l] as InputsTwin, of) : { values: of(twin) },
        );
        program.energy(assignment, { rows: of(energies), scale: -0.5 }, targetOf(target, of));
        const plain: Assignment = states.map((twin, l) =>
          l === out ? { inputs: of((received[l] as InputsTwin).inputs) } : { values: of(twin) },
        );
        const parameters = target?.parameters && of(target.parameters);
        program.statistics(of(statistics), [{ assignment: plain, scale: 2, weights: of(weights) }], parameters);
      });
      await twins.compare(`${out === undefined ? 'energy' : 'energy without a layer'}, ${where},`, energies, scale);
      await twins.compare(`statistics, ${where},`, statistics, scale);
    }
    disposeTarget(target);
  }
}

/** A layer whose units are independent given all others, if there is one. */
function wholeLayer({ blocks }: EnergyModel): number | undefined {
  return blocks.flat().find(({ units }) => units === undefined)?.layer;
}
