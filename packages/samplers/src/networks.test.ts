import {
  bernoulli,
  boltzmannMachine,
  condition,
  type EnergyModel,
  enumerate,
  generator,
  hopfield,
  ising,
  potts,
  reference,
  spin,
} from '@rbm/core';
import {
  errorsInStandardErrors,
  isIrreducible,
  noDrift,
  rootMeanSquareOfErrors,
  stationaryError,
  transitionMatrix,
} from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { annealedImportanceSampling } from './annealed-importance-sampling.js';
import { integratedAutocorrelationTime } from './autocorrelation.js';
import { gibbs } from './gibbs.js';

/** The same model with normal numbers for parameters. */
function randomised(model: EnergyModel, seed: number, scale = 1): EnergyModel {
  const random = generator(seed);
  for (let i = 0; i < model.parameters.length; i++) model.parameters[i] = scale * random.normal(0, i, 0, 0);
  return model;
}

const graph = { visible: bernoulli(3), hidden: bernoulli(2), edges: [0, 3, 1, 3, 1, 4, 2, 4, 3, 4, 0, 1] };
const models: [string, EnergyModel][] = [
  ['a Hopfield network of 0 and 1', randomised(hopfield({ visible: bernoulli(5) }), 1)],
  ['a Hopfield network of spins', randomised(hopfield({ visible: spin(5) }), 2)],
  ['a network of Potts units', randomised(hopfield({ visible: potts(3, { categories: 3 }) }), 3)],
  ['an odd ring', randomised(ising({ shape: [5] }), 4)],
  ['an open lattice', randomised(ising({ shape: [3, 2], periodic: false }), 5)],
  ['a graph with hidden units', randomised(boltzmannMachine(graph), 6)],
  [
    'a conditioned network',
    condition(randomised(hopfield({ visible: spin(6) }), 7), [0, 1, 0, 0, 1, 0], new Float64Array(6).fill(1)),
  ],
];

describe.each(models)('gibbs on %s', (_, model) => {
  it('leaves the distribution invariant and reaches every state', async () => {
    const transition = await transitionMatrix(gibbs(), model);
    expect(stationaryError(transition)).toBeLessThan(1e-12);
    expect(isIrreducible(transition)).toBe(true);
  });

  it('does not drift away from it', async () => {
    const random = generator(8);
    const report = await noDrift({ sampler: gibbs(), model, backend: reference(), random, chains: 8000 });
    expect(report.failures).toEqual([]);
  });
});

it('annealing of networks has errors as large as it says', async () => {
  const errors = await errorsInStandardErrors(Array(60).keys(), async (seed) => {
    const model = randomised((models[seed % 6] as [string, EnergyModel])[1], 100 + seed, 0.8);
    const { logPartition, standardError } = await annealedImportanceSampling({
      program: await reference().prepare(model),
      base: new Float64Array(model.layout.length),
      random: generator(seed),
      temperatures: 10,
      chains: 200,
    });
    return { estimate: logPartition, standardError, exact: (await enumerate(model)).logPartition };
  });
  const rms = rootMeanSquareOfErrors(errors);
  expect(rms).toBeGreaterThan(0.7);
  expect(rms).toBeLessThan(1.4);
});

/**
 * Mean energy per spin of the periodic lattice of 32 × 32 (Kaufman 1949, exact on finite lattices). Chains start all up;
 * at the critical point, the slowest case, the energy forgets that within some hundred sweeps.
 */
it.each([
  [2.0, -1.745565, 200],
  [2.269185, -1.433659, 500],
  [2.5, -1.107292, 200],
])('the Ising model at T = %d has the energy of Kaufman’s solution', async (temperature, exact, burnIn) => {
  const [side, chains, sweeps] = [32, 12, 700];
  const backend = reference();
  const program = await backend.prepare(ising({ shape: [side, side], couplings: 1 / temperature }));
  const kernel = gibbs().bind(program);
  const random = generator(1);
  const up = new Float64Array(chains * side ** 2).fill(1);
  let state = await kernel.init(random, { chains, values: { visible: up } });
  ({ state } = await kernel.step(state, random, burnIn));
  const rows = program.allocate({ holds: 'rows', rows: chains });
  const series = new Float64Array(chains * sweeps);
  for (let t = 0; t < sweeps; t++) {
    ({ state } = await kernel.step(state, random, 1));
    backend.write(rows, new Float64Array(chains));
    const values = state.layers.map((buffer) => ({ values: buffer }));
    program.energy(values, { rows, scale: temperature / side ** 2 });
    (await backend.read(rows)).forEach((e, c) => {
      series[c * sweeps + t] = e;
    });
  }
  const mean = series.reduce((sum, e) => sum + e, 0) / series.length;
  const variance = series.reduce((sum, e) => sum + (e - mean) ** 2, 0) / series.length;
  const { time } = integratedAutocorrelationTime(series, chains);
  const standardError = Math.sqrt((variance * time) / series.length);
  expect(standardError).toBeLessThan(0.01);
  expect(Math.abs(mean - exact)).toBeLessThan(4 * standardError);
});
