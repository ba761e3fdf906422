import { meanAndStandardError } from '@rbm/core';
import type { Monitor } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { freeEnergiesOf } from './passes.js';

/**
 * Mean free energies of training and held-out samples, in nats: `freeEnergyTrain`, `freeEnergyHeldOut`. Their gap grows
 * with overfitting, without knowing `log Z` (Hinton 2010, §6); neither says anything alone.
 *
 * @param options Which samples to use.
 * @param options.samples How many of each, from the first on; 1,000 unless given.
 */
export function freeEnergies(options: { readonly samples?: number } = {}): Monitor {
  checkArguments('freeEnergies', options, { samples: optional(kinds.count) });
  const { samples = 1000 } = options;
  return {
    specVersion: 1,
    name: 'freeEnergies',
    async measure(context) {
      const { train, heldOut } = context;
      const metrics: Record<string, number> = {};
      const trained = await freeEnergiesOf(context, train, Math.min(samples, train.count), 'training');
      metrics.freeEnergyTrain = meanAndStandardError(trained).mean;
      if (heldOut) {
        const held = await freeEnergiesOf(context, heldOut, Math.min(samples, heldOut.count), 'held-out');
        metrics.freeEnergyHeldOut = meanAndStandardError(held).mean;
      }
      return metrics;
    },
  };
}
