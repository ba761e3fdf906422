import { freeEnergy, generator, reference } from '@rbm/core';
import { override, randomRbm, transitionMatrix } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import {
  autocorrelation,
  chainMean,
  integratedAutocorrelationTime,
  measureAutocorrelation,
} from './autocorrelation.js';
import { gibbs } from './gibbs.js';

/** Stationary series `x_t = ρ x_{t−1} + √(1 − ρ²) ε_t`, whose autocorrelation is `ρ^t` and time `(1 + ρ) / (1 − ρ)`. */
function autoregressive(rho: number, chains: number, length: number, seed: number): Float64Array {
  const random = generator(seed);
  const series = new Float64Array(chains * length);
  for (let c = 0; c < chains; c++) {
    let x = random.normal(c, 0, 0, 0);
    for (let t = 0; t < length; t++) {
      series[c * length + t] = x;
      x = rho * x + Math.sqrt(1 - rho * rho) * random.normal(c, 0, t + 1, 0);
    }
  }
  return series;
}

describe('integratedAutocorrelationTime', () => {
  it.each([
    [0.5, 4, 10_000],
    [0.9, 4, 20_000],
    [0.9, 1, 40_000],
    [0.8, 50, 800],
  ])('is (1 + ρ) / (1 − ρ) for an autoregressive process: ρ = %d in %i series of %i', (rho, chains, length) => {
    const exact = (1 + rho) / (1 - rho);
    const { time, standardError, window, reliable } = integratedAutocorrelationTime(
      autoregressive(rho, chains, length, 5),
      chains,
    );
    expect(Math.abs(time - exact)).toBeLessThan(3 * standardError);
    expect(window).toBeGreaterThanOrEqual(5 * time);
    expect(window - 1).toBeLessThan(5 * exact * 1.5);
    expect(reliable).toBe(true);
  });

  it('is below 1 for a series that goes to and fro', () => {
    const { time } = integratedAutocorrelationTime(autoregressive(-0.5, 4, 10_000, 6), 4);
    expect(time).toBeCloseTo(1 / 3, 1);
    const alternating = integratedAutocorrelationTime(autoregressive(-0.95, 4, 10_000, 6), 4);
    expect(alternating.time).toBeGreaterThan(0);
    expect(alternating.reliable).toBe(false);
  });

  it('is 1 for white noise', () => {
    const { time, standardError, reliable } = integratedAutocorrelationTime(autoregressive(0, 1, 20_000, 7), 1);
    expect(Math.abs(time - 1)).toBeLessThan(3 * standardError);
    expect(reliable).toBe(true);
  });

  it('is 1 for a series that never changes, whatever its value', () => {
    for (const value of [0, 0.1, -1e9 / 3]) {
      const still = new Float64Array(1000).fill(value);
      expect(integratedAutocorrelationTime(still, 2)).toEqual({
        time: 1,
        standardError: 0,
        window: 0,
        reliable: true,
      });
    }
  });

  it('says when the series is too short to trust', () => {
    expect(integratedAutocorrelationTime(autoregressive(0.99, 4, 500, 8), 4).reliable).toBe(false);
  });

  it('counts chains that sit apart as slow', () => {
    const apart = autoregressive(0, 2, 2000, 9).map((x, t) => (t < 2000 ? x : x + 10));
    const { time, reliable } = integratedAutocorrelationTime(apart, 2);
    expect(time).toBeGreaterThan(100);
    expect(reliable).toBe(false);
  });

  it('refuses series that say nothing', () => {
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => integratedAutocorrelationTime(new Float64Array(6), 2)).toThrow(refusal('ARGUMENT_INVALID'));
    expect(() => integratedAutocorrelationTime(new Float64Array(9), 2)).toThrow(refusal('ARGUMENT_INVALID'));
    expect(() => integratedAutocorrelationTime(new Float64Array(8), 0)).toThrow(refusal('ARGUMENT_INVALID'));
    expect(() => integratedAutocorrelationTime(Float64Array.of(1, 2, Number.NaN, 4), 1)).toThrow(refusal('NOT_FINITE'));
  });
});

/** Root mean square of errors in units of their standard errors, over processes of many seeds. */
function calibration(seeds: number, error: (seed: number) => number): number {
  const squares = Array.from({ length: seeds }, (_, seed) => error(seed) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / seeds);
}

describe('standard errors say how far estimates are off', () => {
  it.each([0, 0.5, 0.9])('of the time and of the mean, of autoregressive processes: ρ = %d', (rho) => {
    const exact = (1 + rho) / (1 - rho);
    const [chains, length] = [4, 3000];
    const ofTime = calibration(200, (seed) => {
      const { time, standardError } = integratedAutocorrelationTime(autoregressive(rho, chains, length, seed), chains);
      return (time - exact) / standardError;
    });
    const ofMean = calibration(200, (seed) => {
      const { mean, standardError } = chainMean(autoregressive(rho, chains, length, seed), chains);
      return mean / standardError;
    });
    for (const found of [ofTime, ofMean]) {
      expect(found).toBeGreaterThan(0.7);
      expect(found).toBeLessThan(1.4);
    }
  });

  it('of a mean that never changes is none', () => {
    const { mean, standardError } = chainMean(new Float64Array(1000).fill(3), 2);
    expect([mean, standardError]).toEqual([3, 0]);
  });
});

describe('autocorrelation', () => {
  it.each([0.5, 0.9, -0.5])('is ρ^t for an autoregressive process: ρ = %d', (rho) => {
    const found = autocorrelation(autoregressive(rho, 4, 20_000, 5), 4, 20);
    expect(found).toHaveLength(21);
    expect(found[0]).toBe(1);
    found.forEach((correlation, t) => {
      expect(Math.abs(correlation - rho ** t)).toBeLessThan(0.04);
    });
  });

  it('is taken about the common mean', () => {
    expect([...autocorrelation(Float64Array.of(1, -1, 1, -1, 1, -1), 1, 2)]).toEqual([1, -1, 1]);
    expect([...autocorrelation(Float64Array.of(1, 1, 1, 1, -1, -1, -1, -1), 2, 1)]).toEqual([1, 1]);
  });

  it('is 1 for a series that never changes', () => {
    expect([...autocorrelation(new Float64Array(20).fill(0.1), 2, 3)]).toEqual([1, 1, 1, 1]);
  });

  it('refuses lags that the series have not', () => {
    for (const lags of [-1, 0.5, 10, Number.NaN]) {
      expect(() => autocorrelation(new Float64Array(20), 2, lags)).toThrow(
        expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
      );
    }
    expect(autocorrelation(autoregressive(0, 2, 10, 1), 2, 9)).toHaveLength(10);
  });
});

describe('measureAutocorrelation', () => {
  const sampler = gibbs();
  const model = randomRbm({ visible: 3, hidden: 2, scale: 3, seed: 7 });

  it('agrees with the exact time, from the transition matrix', async () => {
    const exact = await exactTime();
    // A model that is worth the test remembers for several sweeps.
    expect(exact).toBeGreaterThan(5);
    const program = await reference().prepare(model);
    const [chains, sweeps] = [20, 2000];
    const options = { program, sampler, random: generator(2), chains, burnIn: 100, sweeps };
    const { time, standardError, reliable } = await measureAutocorrelation(options);
    expect(Math.abs(time - exact)).toBeLessThan(3 * standardError);
    expect(reliable).toBe(true);
  });

  /** `1 + 2 Σ_t ⟨f T^t f⟩ / ⟨f f⟩` for the free energy, centred, under the chain of the visible units. */
  async function exactTime(): Promise<number> {
    const { matrix, stationary, states, count } = await transitionMatrix(sampler, model, { of: 'visible' });
    const free = freeEnergy(model, states.visible as Float64Array);
    const mean = free.reduce((sum, f, n) => sum + f * (stationary[n] as number), 0);
    const centred = free.map((f) => f - mean);
    const project = (g: Float64Array): number =>
      g.reduce((sum, x, n) => sum + x * (centred[n] as number) * (stationary[n] as number), 0);
    let evolved = centred;
    let time = 1;
    for (let t = 0; t < 2000; t++) {
      const before = evolved;
      evolved = before.map((_, row) => {
        let sum = 0;
        for (let to = 0; to < count; to++) sum += (matrix[row * count + to] as number) * (before[to] as number);
        return sum;
      });
      time += (2 * project(evolved)) / project(centred);
    }
    return time;
  }

  it('returns its memory after success, abort and failure, and refuses too few sweeps', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const baseline = backend.memory();
    const options = { program, sampler, random: generator(1), chains: 2, burnIn: 1, sweeps: 10 };
    await measureAutocorrelation(options);
    expect(backend.memory()).toEqual(baseline);

    const aborted = measureAutocorrelation({ ...options, signal: { aborted: true } });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(backend.memory()).toEqual(baseline);

    const energy = (): never => {
      throw new Error('no device');
    };
    const failing = measureAutocorrelation({ ...options, program: override(program, { energy }) });
    await expect(failing).rejects.toThrow('no device');
    expect(backend.memory()).toEqual(baseline);

    const refused = measureAutocorrelation({ ...options, sweeps: 3 });
    await expect(refused).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(backend.memory()).toEqual(baseline);
  });
});
