import { enumerate } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { CHAINS, Ensemble, LAGS, LONGEST, RECENT } from './ensemble.js';
import { countOn, drawingOrder, exactAutocorrelation, makeLandscape, STATES, survey } from './landscape.js';

const at = (matrix: Float64Array, i: number, j: number): number => matrix[STATES * i + j] as number;

describe('a landscape', () => {
  it('has two modes, of which the tilt prefers one', async () => {
    const { probabilities, freeEnergies } = survey(makeLandscape(2.5, 0));
    expect(probabilities[0]).toBeCloseTo(probabilities[7] as number, 12);
    expect(Math.min(...freeEnergies)).toBe(0);
    for (const state of [1, 2, 3, 4, 5, 6]) expect(probabilities[state]).toBeLessThan(0.1);
    const tilted = survey(makeLandscape(2.5, 0.4)).probabilities;
    expect(Math.log((tilted[7] as number) / (tilted[0] as number))).toBeCloseTo(1.2, 10);
    const { means } = await enumerate(makeLandscape(2.5, 0.4));
    const mean = tilted.reduce((sum, p, state) => sum + p * countOn(state), 0);
    expect(means.visible?.reduce((sum, x) => sum + x, 0)).toBeCloseTo(mean, 10);
  });

  it('is left alone by a sweep, whose flows balance in detail', () => {
    const { probabilities, transitions, flows } = survey(makeLandscape(2, 0.5));
    for (let j = 0; j < STATES; j++) {
      const row = Array.from({ length: STATES }, (_, k) => at(transitions, j, k));
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      const arriving = drawingOrder.reduce((sum, i) => sum + at(flows, i, j), 0);
      expect(arriving).toBeCloseTo(probabilities[j] as number, 12);
      for (let i = 0; i < STATES; i++) expect(at(flows, i, j)).toBeCloseTo(at(flows, j, i), 14);
    }
  });

  it('is crossed the more slowly the higher the barrier', () => {
    const landscapes = [0, 1, 2, 3, 4].map((coupling) => survey(makeLandscape(coupling, 0)));
    expect(landscapes[0]?.barrier).toBeCloseTo(0, 12);
    expect(landscapes[0]?.autocorrelationTime).toBeCloseTo(1, 10);
    for (let n = 1; n < landscapes.length; n++) {
      const [before, after] = [landscapes[n - 1], landscapes[n]];
      expect(after?.barrier).toBeGreaterThan(before?.barrier ?? 0);
      expect(after?.autocorrelationTime).toBeGreaterThan(2 * (before?.autocorrelationTime ?? 0));
    }
    const landscape = survey(makeLandscape(1, 0.3));
    const correlations = exactAutocorrelation(landscape, 400);
    expect(correlations[0]).toBeCloseTo(1, 12);
    const summed = correlations.reduce((sum, rho) => sum + 2 * rho, -1);
    expect(landscape.autocorrelationTime).toBeCloseTo(summed, 8);
  });
});

describe('chains', () => {
  it('come to the exact flows and the exact autocorrelation time where they hop', async () => {
    const ensemble = await Ensemble.start({ id: 1, coupling: 1.2, tilt: 0.2, start: 'one', seed: 3 });
    const { sweeps, moves, visits, memory, recent, states } = await ensemble.advance(4000);
    const { flows, autocorrelationTime } = survey(makeLandscape(1.2, 0.2));
    const total = CHAINS * sweeps;
    const arrivals = visits.map((_, j) => drawingOrder.reduce((sum, i) => sum + at(moves, i, j), 0));
    expect(arrivals).toEqual(visits);
    expect(visits.reduce((sum, n) => sum + n, 0)).toBe(total);
    expect(recent).toHaveLength(CHAINS * RECENT);
    expect(recent[RECENT - 1]).toBe(countOn(states[0] as number));
    moves.forEach((count, n) => {
      const expected = total * (flows[n] as number);
      // Counts of correlated sweeps: wider than Poisson by the square root of the autocorrelation time.
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected * autocorrelationTime + 1));
    });
    expect(memory?.reliable).toBe(true);
    expect(Math.abs((memory?.time ?? 0) - autocorrelationTime)).toBeLessThan(5 * (memory?.standardError ?? 0));
    expect(memory?.correlations).toHaveLength(LAGS + 1);
    await ensemble.close();
  });

  it('do not know of a mode that they never saw', async () => {
    const steep = { id: 1, coupling: 6, tilt: 0, seed: 1 } as const;
    const { autocorrelationTime } = survey(makeLandscape(6, 0));
    expect(autocorrelationTime).toBeGreaterThan(5000);
    const one = await Ensemble.start({ ...steep, start: 'one' });
    const deceived = (await one.advance(1000)).memory;
    expect(deceived?.reliable).toBe(true);
    expect(deceived?.time).toBeLessThan(3);
    const both = await Ensemble.start({ ...steep, start: 'both' });
    const warned = (await both.advance(1000)).memory;
    expect(warned?.reliable).toBe(false);
    await Promise.all([one.close(), both.close()]);
  });

  it('end after so many sweeps, and again from the same seed', async () => {
    const settings = { id: 1, coupling: 1, tilt: 0, start: 'both', seed: 9 } as const;
    const [a, b] = await Promise.all([Ensemble.start(settings), Ensemble.start(settings)]);
    const whole = await a.advance(LONGEST + 5);
    expect(whole.sweeps).toBe(LONGEST);
    const first = await b.advance(100);
    expect(first.sweeps).toBe(100);
    const second = await b.advance(LONGEST);
    expect(second.moves).toEqual(whole.moves);
    await Promise.all([a.close(), b.close()]);
  });

  it('stop when they are closed on the way', async () => {
    const ensemble = await Ensemble.start({ id: 1, coupling: 1, tilt: 0, start: 'one', seed: 1 });
    const report = ensemble.advance(LONGEST);
    await ensemble.close();
    expect((await report).sweeps).toBeLessThan(LONGEST);
  });
});
