import {
  bernoulli,
  condition,
  createModel,
  type EnergyModel,
  enumerate,
  freeEnergy,
  gaussian,
  generator,
  parameter,
  potts,
  rbm,
  reference,
  statistics,
  visibleDistribution,
} from '@rbm/core';
import { annealedImportanceSampling, gibbs, sample } from '@rbm/samplers';
import { describe, expect, test } from 'vitest';
import { cd, sgd, train } from './index.js';

/** Models beyond the restricted Boltzmann machine of two layers, as sketches: the contracts hold them already. */

function randomised(model: EnergyModel, seed: number): EnergyModel {
  const random = generator(seed);
  for (const { name, offset, length } of model.layout.arrays) {
    if (name.endsWith('precision')) continue;
    for (let i = offset; i < offset + length; i++) model.parameters[i] = 0.5 * random.normal(0, i, 0, 0);
  }
  return model;
}

describe('a deep Boltzmann machine with Gaussian visible units', () => {
  const model = randomised(
    createModel({
      kind: 'deep',
      layers: [
        { name: 'visible', layer: gaussian(3), visible: true },
        { name: 'lower', layer: bernoulli(3) },
        { name: 'upper', layer: bernoulli(2) },
      ],
      interactions: [
        { kind: 'dense', name: 'first', between: [0, 1] },
        { kind: 'dense', name: 'second', between: [1, 2] },
      ],
      blocks: [[1], [0, 2]],
    }),
    1,
  );

  test('is enumerated, annealed and sampled like any other', async () => {
    const exact = await enumerate(model);
    expect(exact.states).toBe(8);
    const program = await reference().prepare(model);
    const base = model.layers.flatMap((layer) => [...layer.initial]);
    const estimate = await annealedImportanceSampling({
      program,
      base: Float64Array.from({ length: model.layout.length }, (_, i) => base[i] ?? 0),
      random: generator(2),
      temperatures: 100,
    });
    expect(Math.abs(estimate.logPartition - exact.logPartition)).toBeLessThan(5 * estimate.standardError);
    const count = 2000;
    const options = { model, backend: reference(), sampler: gibbs(), random: generator(3), count, burnIn: 50 };
    const { values } = await sample(options);
    exact.means.visible?.forEach((mean, i) => {
      const column = Array.from({ length: count }, (_, n) => values[n * 3 + i] as number);
      const found = column.reduce((sum, x) => sum + x, 0) / count;
      const variance = column.reduce((sum, x) => sum + (x - found) ** 2, 0) / count;
      expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    });
  });

  test('is trained by no estimator that sums all hidden layers out, and told so', async () => {
    const data = { values: new Float64Array(6), count: 2, width: 3 };
    const options = { model, data, backend: reference(), estimator: cd(), optimizer: sgd(), random: generator(4) };
    const records = train({ ...options, rate: 0.1, batch: 2, epochs: 1 });
    await expect(records.next()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('a label beside pixels', () => {
  const [pixels, categories] = [4, 3];
  const model = randomised(
    createModel({
      kind: 'labelled',
      layers: [
        { name: 'pixels', layer: bernoulli(pixels), visible: true },
        { name: 'label', layer: potts(1, { categories }), visible: true },
        { name: 'hidden', layer: bernoulli(3) },
      ],
      interactions: [
        { kind: 'dense', name: 'pixel weights', between: [0, 2] },
        { kind: 'dense', name: 'label weights', between: [1, 2] },
      ],
      blocks: [[2], [0, 1]],
    }),
    5,
  );
  const mask = [0, 0, 0, 0, 1];
  const withLabel = (k: number): Float64Array =>
    Float64Array.from({ length: pixels + categories }, (_, i) => (i === pixels + k ? 1 : 0));

  test.each([0, 1, 2])('clamped to category %s, it is the distribution of the pixels given the label', async (k) => {
    const given = condition(model, mask, withLabel(k));
    const all = visibleDistribution(model);
    const one = visibleDistribution(given);
    let total = 0;
    const wanted: number[] = [];
    for (let n = 0; n < all.count; n++) {
      if (all.states[n * 7 + pixels + k] !== 1) continue;
      wanted.push(all.probabilities[n] as number);
      total += all.probabilities[n] as number;
    }
    wanted.forEach((p, n) => {
      expect(one.probabilities[n]).toBeCloseTo(p / total, 12);
    });
    // The clamped partition functions are the label's marginal.
    const [whole, part] = [await enumerate(model), await enumerate(given)];
    expect(Math.exp(part.logPartition - whole.logPartition)).toBeCloseTo(whole.means.label?.[k] as number, 12);
  });

  test('samples keep their label', async () => {
    const given = condition(model, mask, withLabel(1));
    const options = { backend: reference(), sampler: gibbs(), random: generator(6), count: 20, burnIn: 5 };
    const rows = given.complete((await sample({ ...options, model: given })).values);
    for (let n = 0; n < 20; n++) expect([...rows.subarray(n * 7 + pixels, (n + 1) * 7)]).toEqual([0, 1, 0]);
  });
});

describe('two networks that make one complex amplitude', () => {
  // ψ(v) = √p_λ(v) exp(i φ_μ(v) / 2), φ_μ = log of the unnormalised probability of the second network: Torlai et al. 2018,
  // "Neural-network quantum state tomography".
  const amplitudes = randomised(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }), 7);
  const phases = randomised(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }), 8);

  function wavefunction(phase: EnergyModel): { re: number[]; im: number[] } {
    const { states, probabilities } = visibleDistribution(amplitudes);
    const angles = freeEnergy(phase, states).map((f) => -f / 2);
    const roots = Array.from(probabilities, Math.sqrt);
    return {
      re: roots.map((r, n) => r * Math.cos(angles[n] as number)),
      im: roots.map((r, n) => r * Math.sin(angles[n] as number)),
    };
  }

  /** `⟨ψ| σˣ |ψ⟩` of the first unit: it flips with the lowest bit of a state's number. */
  function transverse({ re, im }: { re: number[]; im: number[] }): number {
    return re.reduce((sum, x, n) => sum + x * (re[n ^ 1] as number) + (im[n] as number) * (im[n ^ 1] as number), 0);
  }

  test('is normalised, and its modulus is the first network alone', () => {
    const { re, im } = wavefunction(phases);
    const { probabilities } = visibleDistribution(amplitudes);
    re.forEach((x, n) => {
      expect(x * x + (im[n] as number) ** 2).toBeCloseTo(probabilities[n] as number, 14);
    });
    expect(re.reduce((sum, x, n) => sum + x * x + (im[n] as number) ** 2, 0)).toBeCloseTo(1, 13);
  });

  test('a constant phase changes no observable, another phase does', () => {
    const found = transverse(wavefunction(phases));
    expect(transverse(wavefunction({ ...phases, constant: 1.3 }))).toBeCloseTo(found, 13);
    const flat = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
    expect(found).toBeLessThan(transverse(wavefunction(flat)) - 1e-3);
  });

  test('the slope of the phase is half the positive phase of the second network', () => {
    const v = Float64Array.of(1, 0, 1);
    const slope = statistics(phases, { visible: v });
    const at = (change: number): number => {
      const changed = { ...phases, parameters: phases.parameters.slice() };
      parameter(changed, 'weights')[4] = (parameter(phases, 'weights')[4] as number) + change;
      return -(freeEnergy(changed, v)[0] as number) / 2;
    };
    const weight = phases.layout.interactions[0]?.start as number;
    expect((at(1e-5) - at(-1e-5)) / 2e-5).toBeCloseTo(0.5 * (slope[weight + 4] as number), 9);
  });
});
