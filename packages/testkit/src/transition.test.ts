import { enumerate, generator, reference } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { randomDeepBoltzmannMachine, randomRbm } from './models.js';
import { override } from './override.js';
import { detailedBalanceError, isIrreducible, stationaryError, transitionMatrix } from './transition.js';
import { identity, repeatedStream, right, swapped, synchronous, wrongTemperature } from './wrong-kernels.js';

const model = randomRbm({ visible: 2, hidden: 2, scale: 1, seed: 1 });

describe('transitionMatrix', () => {
  it('is a stochastic matrix that leaves the model invariant for a right kernel', async () => {
    const transition = await transitionMatrix(right(), model);
    expect(transition.count).toBe(16);
    for (let row = 0; row < 16; row++) {
      const sum = transition.matrix.subarray(row * 16, (row + 1) * 16).reduce((total, p) => total + p, 0);
      expect(sum).toBeCloseTo(1, 13);
    }
    expect(stationaryError(transition)).toBeLessThan(1e-12);
    expect(isIrreducible(transition)).toBe(true);
  });

  it('agrees with the frequencies of a simulation', async () => {
    const transition = await transitionMatrix(right(), model);
    const backend = reference();
    const program = await backend.prepare(model);
    const kernel = right().bind(program);
    const chains = 20_000;
    const values = { visible: new Float64Array(2 * chains).fill(1), hidden: new Float64Array(2 * chains) };
    const { state } = await kernel.step(await kernel.init(generator(3), { chains, values }), generator(3), 1);
    const end = (await kernel.save(state)).values;
    const counts = new Float64Array(16);
    for (let c = 0; c < chains; c++) {
      const [v, h] = [end.visible as Float64Array, end.hidden as Float64Array];
      const index =
        (v[2 * c] as number) + 2 * (v[2 * c + 1] as number) + 4 * (h[2 * c] as number) + 8 * (h[2 * c + 1] as number);
      counts[index] = (counts[index] as number) + 1;
    }
    const row = transition.matrix.subarray(3 * 16, 4 * 16);
    counts.forEach((count, index) => {
      const p = row[index] as number;
      expect(Math.abs(count / chains - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / chains));
    });
  });

  it('knows the stationary distribution exactly', async () => {
    const { stationary, states } = await transitionMatrix(right(), model);
    const { means } = await enumerate(model);
    const mean = stationary.reduce((sum, p, state) => sum + p * (states.hidden?.[2 * state + 1] as number), 0);
    expect(mean).toBeCloseTo(means.hidden?.[1] as number, 13);
  });

  it('composes: two sweeps at once are the square of one', async () => {
    const once = await transitionMatrix(right(), model);
    const twice = await transitionMatrix(right(), model, { sweeps: 2 });
    for (let i = 0; i < 16; i++) {
      for (let j = 0; j < 16; j++) {
        let square = 0;
        for (let k = 0; k < 16; k++)
          square += (once.matrix[i * 16 + k] as number) * (once.matrix[k * 16 + j] as number);
        expect(twice.matrix[i * 16 + j]).toBeCloseTo(square, 13);
      }
    }
  });

  it('collapses to the visible units, whose chain alone is reversible', async () => {
    const joint = await transitionMatrix(right(), model);
    const visible = await transitionMatrix(right(), model, { of: 'visible' });
    expect(visible.count).toBe(4);
    expect(Object.keys(visible.states)).toEqual(['visible']);
    expect(stationaryError(visible)).toBeLessThan(1e-12);
    expect(detailedBalanceError(visible)).toBeLessThan(1e-12);
    expect(detailedBalanceError(joint)).toBeGreaterThan(1e-3);
  });

  it('serves models of more than two layers', async () => {
    const deep = randomDeepBoltzmannMachine({ widths: [2, 2, 1], scale: 1, seed: 4 });
    const transition = await transitionMatrix(right(), deep);
    expect(transition.count).toBe(32);
    expect(stationaryError(transition)).toBeLessThan(1e-12);
    expect(isIrreducible(transition)).toBe(true);
  });

  it('frees all it took', async () => {
    const backend = reference();
    await transitionMatrix(right(), model, { backend });
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  it('refuses models too large to enumerate and backends that draw by themselves', async () => {
    const large = randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 1 });
    await expect(transitionMatrix(right(), large)).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
    const plain = reference();
    const backend = override(plain, { capabilities: { ...plain.capabilities, random: 'key' } });
    await expect(transitionMatrix(right(), model, { backend })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('stationaryError', () => {
  it.each([
    ['another temperature', wrongTemperature(1.05)],
    ['synchronous updates', synchronous()],
    ['swapped layers', swapped()],
  ])('catches %s', async (_, sampler) => {
    expect(stationaryError(await transitionMatrix(sampler, model))).toBeGreaterThan(1e-3);
  });
});

describe('isIrreducible', () => {
  it('catches a kernel that does nothing, which is invariant and reversible', async () => {
    const transition = await transitionMatrix(identity(), model);
    expect(stationaryError(transition)).toBe(0);
    expect(detailedBalanceError(transition)).toBe(0);
    expect(isIrreducible(transition)).toBe(false);
  });

  it('asks for a way back', () => {
    const oneWay = { count: 2, matrix: Float64Array.of(0.5, 0.5, 0, 1), stationary: Float64Array.of(0, 1), states: {} };
    expect(isIrreducible(oneWay)).toBe(false);
  });
});

describe('Branches, in a transition matrix', () => {
  it('catches numbers used twice', async () => {
    await transitionMatrix(repeatedStream(), model);
    await expect(transitionMatrix(repeatedStream(), model, { sweeps: 2 })).rejects.toThrow(/drawn from twice/);
  });
});
