import { generator, reference, visibleDistribution } from '@rbm/core';
import { gibbs } from '@rbm/samplers';
import { describe, expect, it } from 'vitest';
import { Chain, expectedTotalVariation, stateNumber } from './chain.js';
import {
  type Configuration,
  drawParameters,
  formatParameters,
  initialParameters,
  makeMachine,
  parameterNames,
  parseParameters,
  readMachine,
} from './machine.js';

/** `−E(v, h)` term by term. */
function negativeEnergy(parameters: readonly number[], { visible, hidden }: Configuration): number {
  let sum = 0;
  visible.forEach((v, i) => {
    sum += (parameters[i] as number) * v;
  });
  hidden.forEach((h, j) => {
    sum += (parameters[4 + j] as number) * h;
    visible.forEach((v, i) => {
      sum += v * (parameters[7 + 3 * i + j] as number) * h;
    });
  });
  return sum;
}

const configurations = Array.from({ length: 128 }, (_, n): Configuration => {
  const bits = Array.from({ length: 7 }, (__, i) => (n >> i) & 1);
  return { visible: bits.slice(0, 4), hidden: bits.slice(4) };
});

describe('a machine of 4 visible and 3 hidden units', () => {
  it('is read exactly', () => {
    for (const parameters of [initialParameters, drawParameters(3)]) {
      const model = makeMachine(parameters);
      const Z = configurations.reduce((sum, each) => sum + Math.exp(negativeEnergy(parameters, each)), 0);
      for (const configuration of configurations) {
        const reading = readMachine(model, configuration);
        const joint = Math.exp(negativeEnergy(parameters, configuration)) / Z;
        const sameVisible = configurations.filter(({ visible }) => visible.join() === configuration.visible.join());
        const marginal = sameVisible.reduce((sum, each) => sum + Math.exp(negativeEnergy(parameters, each)) / Z, 0);
        expect(reading.energy).toBeCloseTo(-negativeEnergy(parameters, configuration), 10);
        expect(reading.logPartition).toBeCloseTo(Math.log(Z), 10);
        expect(reading.jointProbability).toBeCloseTo(joint, 10);
        expect(reading.visibleProbability).toBeCloseTo(marginal, 10);
        const on = sameVisible.filter(({ hidden }) => hidden[1] === 1);
        const share = on.reduce((sum, each) => sum + Math.exp(negativeEnergy(parameters, each)) / Z, 0) / marginal;
        expect(reading.hidden[1]?.probability).toBeCloseTo(share, 10);
      }
    }
  });

  it('has its least energy at a visible state that is not the most probable, at first', () => {
    const model = makeMachine(initialParameters);
    const least = configurations.reduce((best, each) =>
      negativeEnergy(initialParameters, each) > negativeEnergy(initialParameters, best) ? each : best,
    );
    const { probabilities } = visibleDistribution(model);
    expect(least).toEqual({ visible: [0, 1, 1, 0], hidden: [0, 1, 0] });
    expect(probabilities.indexOf(Math.max(...probabilities))).toBe(stateNumber([0, 0, 0, 1]));
  });

  it('is found again from its address, and not from anything else', () => {
    expect(parameterNames).toHaveLength(19);
    expect(parseParameters(formatParameters(drawParameters(7)))).toEqual(drawParameters(7));
    for (const text of [
      '',
      '1_2',
      'x',
      formatParameters(initialParameters.map(() => 1e9)),
      'NaN_'.repeat(18).concat('1'),
    ])
      expect(parseParameters(text)).toBe(initialParameters);
  });
});

describe('its chain', () => {
  const start: Configuration = { visible: [1, 0, 1, 0], hidden: [0, 0, 0] };

  it('does in two half-steps what a sweep of the Gibbs sampler does', async () => {
    const [backend, model] = [reference(), makeMachine(initialParameters)];
    const program = await backend.prepare(model);
    const start64 = { visible: Float64Array.from(start.visible), hidden: Float64Array.from(start.hidden) };
    const kernel = gibbs().bind(program);
    let state = await kernel.init(generator(5), {
      chains: 1,
      values: start64,
    });
    const halves = await Chain.start(backend, model, generator(5));
    const sweeps = await Chain.start(backend, model, generator(5));
    let [a, b] = [start, start];
    for (let sweep = 0; sweep < 50; sweep++) {
      a = await halves.draw('visible', await halves.draw('hidden', a));
      b = await sweeps.run(1, b);
      ({ state } = await kernel.step(state, generator(5), 1));
      const { visible, hidden } = (await kernel.save(state)).values;
      expect(a).toEqual({ visible: Array.from(visible as Float64Array), hidden: Array.from(hidden as Float64Array) });
      expect(b).toEqual(a);
    }
    expect(halves.visits).toEqual(sweeps.visits);
    state.dispose();
    program.dispose();
    halves.dispose();
    sweeps.dispose();
    expect(backend.memory().buffers).toBe(0);
  });

  it('comes to the exact distribution', async () => {
    const model = makeMachine(initialParameters);
    const { probabilities } = visibleDistribution(model);
    const chain = await Chain.start(reference(), model, generator(1));
    expect(chain.totalVariation(probabilities)).toBe(1);
    await chain.run(20_000, start);
    // The sweeps are correlated: some times farther than as many independent samples would be.
    expect(chain.totalVariation(probabilities)).toBeLessThan(4 * expectedTotalVariation(probabilities, 20_000));
    expect(chain.visits.reduce((sum, n) => sum + n, 0)).toBe(20_000);
  });
});
