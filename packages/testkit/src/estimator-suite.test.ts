import { describe, expect, it } from 'vitest';
import { estimatorChecks, estimatorSuite } from './estimator-suite.js';
import { chainEstimator } from './estimators/chain-estimator.js';
import {
  exactly,
  fromData,
  mixed,
  mixture,
  ofSquares,
  persistent,
  squares,
  wrongEstimators,
} from './estimators/wrong-estimators.js';
import { randomRbm } from './models.js';
import { collectFailures } from './suite.js';

const models = [randomRbm({ visible: 3, hidden: 2, scale: 1.5, seed: 8 })];

describe('estimatorSuite', () => {
  it.each(wrongEstimators)('catches $fault: $caughtBy', async ({ estimator, cost, caughtBy, message }) => {
    const check = estimatorChecks({ estimator, models, ...(cost ? { cost } : {}) }).find(
      ({ name }) => name === caughtBy,
    );
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong estimator fails', () => {
    const claims = [fromData, persistent, mixed, { over: 'model' } as const];
    const names = [
      ...claims.flatMap((negativePhase) => estimatorChecks({ estimator: chainEstimator({ negativePhase }) })),
      ...estimatorChecks({ estimator: ofSquares() }),
      ...estimatorChecks({ estimator: ofSquares(), cost: squares }),
    ].map(({ name }) => name);
    expect(new Set(wrongEstimators.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it.each([fromData, persistent])('passes a right estimator over $over', async (negativePhase) => {
    const estimator = chainEstimator({ negativePhase });
    expect(await collectFailures((it) => estimatorSuite({ it, estimator, models }))).toEqual({});
  });

  it('passes the exact gradient, a mixture of chains, and the gradient of a cost that is given', async () => {
    for (const [estimator, cost] of [[exactly()], [mixture(0.25)], [ofSquares(), squares]] as const) {
      const options = { estimator, models, ...(cost ? { cost } : {}) };
      const checks = estimatorChecks(options).filter(({ name }) => !name.startsWith('memory') && name !== 'abort');
      for (const { run } of checks) await run();
    }
  });

  it('demands nothing of a negative phase of which nothing is claimed, but that of units which do not interact', () => {
    const { capabilities: _, ...estimator } = chainEstimator({ negativePhase: fromData });
    const names = estimatorChecks({ estimator }).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('negative'))).toEqual(['negative phase of independent units']);
  });
});
