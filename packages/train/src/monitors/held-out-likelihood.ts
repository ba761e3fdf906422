import { meanAndStandardError } from '@rbm/core';
import type { Monitor } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { freeEnergiesOf } from './passes.js';

/**
 * Log-likelihood of held-out samples in nats a sample, `−⟨F(v)⟩ − log Z`, from the estimate of `log Z` that a tempered estimator
 * makes on its way: `heldOutLogLikelihood`, and `heldOutLogLikelihoodError`, a standard error that counts both the samples'
 * scatter and the error of `log Z`. Nothing where the estimator reports no `logPartition`, or without held-out samples.
 *
 * The error of `log Z` comes from the scatter of the ladders: it does not know of modes that no ladder met.
 *
 * @param options Which samples to use.
 * @param options.samples How many, from the first on (default: 10,000).
 */
export function heldOutLikelihood(options: { readonly samples?: number } = {}): Monitor {
  checkArguments('heldOutLikelihood', options, { samples: optional(kinds.count) });
  const { samples = 10_000 } = options;
  return {
    specVersion: 1,
    name: 'heldOutLikelihood',
    async measure(context): Promise<Readonly<Record<string, number>>> {
      const { heldOut, numbers } = context;
      const logPartition = numbers?.logPartition;
      if (!heldOut || logPartition === undefined) return {};
      const free = await freeEnergiesOf(context, heldOut, Math.min(samples, heldOut.count), 'held-out');
      const { mean, standardError } = meanAndStandardError(free);
      const error = Math.hypot(standardError, numbers?.logPartitionError ?? Number.NaN);
      return {
        heldOutLogLikelihood: -mean - logPartition,
        ...(Number.isFinite(error) ? { heldOutLogLikelihoodError: error } : {}),
      };
    },
  };
}
