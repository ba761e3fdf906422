import { expect, it } from 'vitest';
import type { PhaseArguments } from './phase-options.js';
import type { Pieces } from './pieces.js';
import { planPhasesOf } from './training-plan.js';

const first: PhaseArguments & { phase: string[] } = {
  estimator: 'pcd',
  sampler: 'gibbs',
  k: 1,
  epochs: 1,
  batch: 10,
  lr: 0.1,
  average: false,
  phase: [],
};
const plan = (given: Partial<typeof first>): Promise<unknown> => planPhasesOf({ ...first, ...given }, {} as Pieces);

it('options of chains and sweeps do not go with estimators that have none', async () => {
  for (const estimator of ['cd', 'exact', 'pseudo-likelihood']) {
    await expect(plan({ estimator, chains: 5 })).rejects.toThrow(`--chains goes with --estimator pcd`);
  }
  for (const estimator of ['exact', 'pseudo-likelihood']) {
    await expect(plan({ estimator, k: 5 })).rejects.toThrow(
      `-k goes with --estimator cd, pcd or tempered, not ${estimator}`,
    );
  }
  await expect(plan({ phase: ['epochs=1,estimator=cd,chains=5'] })).rejects.toThrow('--chains goes with');
  await plan({ estimator: 'cd', k: 5 });
  await plan({ estimator: 'pcd', chains: 5, k: 5 });
});

it('a later phase does not keep what its estimator has no use for', async () => {
  await plan({ chains: 5, k: 3, phase: ['epochs=1,estimator=exact', 'epochs=1,estimator=cd,k=2'] });
});
