import { describe, expect, it } from 'vitest';
import { estimatorChecks, estimatorSuite } from './estimator-suite.js';
import { chainEstimator } from './estimators/chain-estimator.js';
import { fromData, persistent, wrongEstimators } from './estimators/wrong-estimators.js';
import { randomRbm } from './models.js';
import { collectFailures } from './suite.js';

const models = [randomRbm({ visible: 3, hidden: 2, scale: 1.5, seed: 8 })];

describe('estimatorSuite', () => {
  it.each(wrongEstimators)('catches $fault: $caughtBy', async ({ estimator, caughtBy, message }) => {
    const check = estimatorChecks({ estimator, models }).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong estimator fails', () => {
    const claims = [fromData, persistent, { over: 'model' } as const];
    const names = claims.flatMap((negativePhase) =>
      estimatorChecks({ estimator: chainEstimator({ negativePhase }) }).map(({ name }) => name),
    );
    expect(new Set(wrongEstimators.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it.each([fromData, persistent])('passes a right estimator over $over', async (negativePhase) => {
    const estimator = chainEstimator({ negativePhase });
    expect(await collectFailures((it) => estimatorSuite({ it, estimator, models }))).toEqual({});
  });

  it('demands nothing of a negative phase of which nothing is claimed', () => {
    const { capabilities: _, ...estimator } = chainEstimator({ negativePhase: fromData });
    const names = estimatorChecks({ estimator }).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('negative'))).toEqual([]);
  });
});
