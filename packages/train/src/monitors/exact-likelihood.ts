import { cloneModel, cost, enumerate } from '@rbm/core';
import type { Monitor } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';

/**
 * Exact mean log-likelihoods in nats a sample, by enumeration: `logLikelihoodTrain`, `logLikelihoodHeldOut`. For models
 * small enough.
 *
 * @param options What to stop at.
 * @param options.limit The largest number of states to visit; 2^20 unless given.
 */
export function exactLikelihood(options: { readonly limit?: number } = {}): Monitor {
  checkArguments('exactLikelihood', options, { limit: optional(kinds.number) });
  const { limit = 2 ** 20 } = options;
  return {
    specVersion: 1,
    name: 'exactLikelihood',
    async measure({ program, train, heldOut, signal }) {
      const model = cloneModel(program.model);
      model.parameters.set(await program.backend.read(program.parameters));
      const { logPartition } = await enumerate(model, { limit, ...(signal ? { signal } : {}) });
      const metrics: Record<string, number> = { logLikelihoodTrain: -cost(model, train, logPartition) };
      if (heldOut) metrics.logLikelihoodHeldOut = -cost(model, heldOut, logPartition);
      return metrics;
    },
  };
}
