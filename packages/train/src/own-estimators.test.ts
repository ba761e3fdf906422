import type { GradientEstimator } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { estimatorSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { maximumPseudoLikelihood } from './maximum-pseudo-likelihood.js';
import { pcd } from './persistent-contrastive-divergence.js';

const own: Readonly<Record<string, GradientEstimator>> = {
  exact: exact(),
  'cd-1': cd(),
  'cd-3': cd({ k: 3 }),
  'pcd-1': pcd({ sampler: gibbs() }),
  'pcd-2 with chains of its own number': pcd({ sampler: gibbs(), k: 2, chains: 7 }),
  'pseudo-likelihood': maximumPseudoLikelihood(),
};

for (const [name, estimator] of Object.entries(own)) {
  describe(name, () => estimatorSuite({ it, estimator }));
}
