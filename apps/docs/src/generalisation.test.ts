import { describe, expect, test } from 'vitest';
import { generalise, source } from './generalisation.js';

describe('the crossover of the empirical distribution', () => {
  const { best, states } = source();

  test('no model of the source is better than the source', async () => {
    expect(states.count).toBe(512);
    for (const count of [16, 1024]) {
      const found = await generalise(count, 1);
      expect(Math.max(found.empirical, found.smoothed, found.rbm)).toBeLessThan(best);
    }
  });

  // At seeds 1 to 3: RBM −3.27 ± 0.01, smoothed −3.53 ± 0.01.
  test('at twice as many samples as possible observations, some were never seen, and the RBM is best', async () => {
    const { empirical, smoothed, rbm } = await generalise(1024, 1);
    expect(empirical).toBe(Number.NEGATIVE_INFINITY);
    expect(rbm).toBeGreaterThan(best - 0.12);
    expect(rbm).toBeGreaterThan(smoothed + 0.2);
  });

  // Its divergence from the source is then about 511 / (2 · 2^18) = 0.001 nats.
  test('at 512 times as many, all were seen, and the empirical distribution is best', async () => {
    const { empirical, smoothed, rbm } = await generalise(2 ** 18, 1);
    expect(best - empirical).toBeLessThan(0.002);
    expect(empirical).toBeGreaterThan(rbm);
    expect(rbm).toBeGreaterThan(smoothed);
  });

  // With 16 samples the RBM overfits, at −5.8.
  test('with few samples, smoothing is better than an RBM without regularisation', async () => {
    const { smoothed, rbm } = await generalise(16, 1);
    expect(smoothed).toBeGreaterThan(rbm + 1);
  });
});
