import {
  type EnergyModel,
  enumerate,
  generator,
  reference,
  type Samples,
  sampleWidth,
  visibleDistribution,
} from '@rbm/core';
import { errorsInStandardErrors, override, randomRbm, rootMeanSquareOfErrors } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { baseRates } from './base.js';
import { type BennettEstimate, type BennettOptions, bennettAcceptanceRatio } from './bennett-acceptance-ratio.js';

/** The model's own visible distribution as weighted data. */
function exactData(model: EnergyModel): Samples {
  const { states, probabilities, count } = visibleDistribution(model);
  return { values: states, count, width: sampleWidth(model), weights: probabilities.map((p) => 100 * p) };
}

async function estimate(model: EnergyModel, options: Partial<BennettOptions> = {}): Promise<BennettEstimate> {
  const backend = reference();
  const program = await backend.prepare(model);
  const base = baseRates(model, exactData(model));
  try {
    return await bennettAcceptanceRatio({ program, base, random: generator(1), ...options });
  } finally {
    program.dispose();
    expect(backend.memory()).toEqual(reference().memory());
  }
}

describe('bennettAcceptanceRatio', () => {
  it('has honest errors, and intervals that hold 95 %: 80 random models', async () => {
    let covered = 0;
    const seeds = Array.from({ length: 80 }, (_, seed) => seed);
    const errors = await errorsInStandardErrors(seeds, async (seed) => {
      const model = randomRbm({ visible: 7, hidden: 5, scale: 1.5, seed });
      const exact = (await enumerate(model)).logPartition;
      const found = await estimate(model, {
        random: generator(100 + seed),
        ladder: 5,
        chains: 16,
        burnIn: 30,
        sweeps: 40,
      });
      covered += found.interval[0] <= exact && exact <= found.interval[1] ? 1 : 0;
      return { estimate: found.logPartition, standardError: found.standardError, exact };
    });
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(0.7);
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(1.4);
    // 76 of 80 are expected, with a standard deviation of 2.
    expect(covered).toBeGreaterThanOrEqual(70);
  });

  it('trusts a run whose replicas went round, and says what speaks against another', async () => {
    const model = randomRbm({ visible: 6, hidden: 4, scale: 1, seed: 3 });
    const good = await estimate(model, { ladder: 5, chains: 10, burnIn: 150, sweeps: 200 });
    expect(good).toMatchObject({ verdict: 'trusted', reasons: [], chains: 10, sweeps: 200 });
    expect(good.roundTrips).toBeGreaterThan(100);
    expect(good.acceptance.every((rate) => rate > 0.5)).toBe(true);
    const short = await estimate(model, { ladder: 12, chains: 10, burnIn: 0, sweeps: 6 });
    expect(short.verdict).toBe('not trusted');
    expect(short.reasons.join()).toMatch(/round trips of 120 replicas in the burn-in.*while measured/);
    const strong = randomRbm({ visible: 8, hidden: 6, scale: 6, seed: 3 });
    const base = new Float64Array(strong.layout.length);
    const coarse = await estimate(strong, { base, ladder: 2, chains: 10, burnIn: 40, sweeps: 100 });
    expect(coarse.verdict).toBe('not trusted');
    expect(coarse.reasons.join()).toMatch(/swap in [\d.]+ % of the attempts: use more rungs/);
  });

  it('returns samples of the model along the way', async () => {
    const model = randomRbm({ visible: 3, hidden: 2, scale: 1.5, seed: 8 });
    const keep = 3000;
    const { samples } = await estimate(model, { ladder: 4, chains: 30, burnIn: 50, sweeps: 1200, keep });
    expect(samples.values).toHaveLength(3 * keep);
    expect(samples.means).toHaveLength(3 * keep);
    const { states, probabilities, count } = visibleDistribution(model);
    const found = new Map<string, number>();
    for (let n = 0; n < keep; n++) {
      const key = samples.values.subarray(3 * n, 3 * n + 3).join();
      found.set(key, (found.get(key) ?? 0) + 1 / keep);
    }
    for (let s = 0; s < count; s++) {
      const p = probabilities[s] as number;
      const share = found.get(states.subarray(3 * s, 3 * s + 3).join()) ?? 0;
      // Independent draws would scatter by at most 0.009; these are a few sweeps apart.
      expect(Math.abs(share - p)).toBeLessThan(0.05);
    }
  });

  it('is wrong beyond its error where energies are off by a little', async () => {
    const model = randomRbm({ visible: 6, hidden: 4, scale: 1, seed: 3 });
    const exact = (await enumerate(model)).logPartition;
    const program = await reference().prepare(model);
    const tampered = override(program, {
      energy: (assignment, { rows, scale }, path) =>
        program.energy(assignment, { rows, scale: scale > 0 ? 1.05 * scale : scale }, path),
    });
    const base = baseRates(model, exactData(model));
    const found = await bennettAcceptanceRatio({
      program: tampered,
      base,
      random: generator(1),
      ladder: 5,
      chains: 16,
      burnIn: 40,
      sweeps: 200,
    });
    expect(Math.abs(found.logPartition - exact)).toBeGreaterThan(5 * found.standardError);
    program.dispose();
  });

  it('can be aborted, and refuses what makes no sense', async () => {
    const model = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 1 });
    let calls = 0;
    const signal = {
      get aborted() {
        return ++calls > 30;
      },
    };
    await expect(estimate(model, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    for (const wrong of [
      { chains: 7 },
      { sweeps: 3 },
      { burnIn: -1 },
      { keep: 0.5 },
      { ladder: 1 },
      { ladder: [0.5, 1] },
    ]) {
      await expect(estimate(model, wrong)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    }
    await expect(estimate(model, { base: new Float64Array(2) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});
