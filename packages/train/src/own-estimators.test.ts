import { energy } from '@rbm/core';
import type { GradientEstimator } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { type EstimatorCost, estimatorSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { maximumPseudoLikelihood } from './maximum-pseudo-likelihood.js';
import { pcd } from './persistent-contrastive-divergence.js';

/** `−⟨Σ_i log P(x_i | all others)⟩` of units of 0 and 1, from energies with one of them flipped. */
const pseudoCost: EstimatorCost = (model, { rows, values, weights }) => {
  const visible = Float64Array.from(values.visible as ArrayLike<number>);
  const units = visible.length / rows;
  const here = energy(model, { visible });
  let sum = 0;
  for (let i = 0; i < units; i++) {
    const flipped = visible.map((x, n) => (n % units === i ? 1 - x : x));
    energy(model, { visible: flipped }).forEach((there, row) => {
      sum += (weights?.[row] ?? 1 / rows) * Math.log1p(Math.exp((here[row] as number) - there));
    });
  }
  return sum;
};

const own: Readonly<Record<string, readonly [estimator: GradientEstimator, cost?: EstimatorCost]>> = {
  exact: [exact()],
  'cd-1': [cd()],
  'cd-3': [cd({ k: 3 })],
  'pcd-1': [pcd({ sampler: gibbs() })],
  'pcd-2 with chains of its own number': [pcd({ sampler: gibbs(), k: 2, chains: 7 })],
  'pseudo-likelihood': [maximumPseudoLikelihood(), pseudoCost],
};

for (const [name, [estimator, cost]] of Object.entries(own)) {
  describe(name, () => estimatorSuite({ it, estimator, ...(cost ? { cost } : {}) }));
}
