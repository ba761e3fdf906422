import { type Layout, type Optimizer, RbmError, type UpdateSettings } from '@rbm/core';
import type { Centring } from './centring.js';

/** What `sgd` takes. */
export interface SgdOptions {
  /** Share of the last step that the next one keeps, from 0 (default) to below 1. */
  readonly momentum?: number;
  /** L2 penalty on the weights (not on the biases): adds `weightDecay · w` to their gradient. 0 unless given. */
  readonly weightDecay?: number;
  /** Steps in coordinates whose units have mean zero: see `centring`. Plain coordinates unless given. */
  readonly centre?: Centring;
}

/**
 * Stochastic gradient descent with classical momentum (Polyak 1964):
 *
 *     velocity ← momentum · velocity − rate · (gradient + weightDecay · w),   λ ← λ + velocity.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function sgd({ momentum = 0, weightDecay = 0, centre }: SgdOptions = {}): Optimizer {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RbmError('ARGUMENT_INVALID', `The momentum must be from 0 to below 1, not ${momentum}.`);
  }
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
    throw new RbmError('ARGUMENT_INVALID', `The weight decay must be a number from 0 up, not ${weightDecay}.`);
  }
  return {
    specVersion: 1,
    // Two kinds, so that a backend that knows the one does not take the other for it.
    kind: centre ? 'centred-sgd' : 'sgd',
    settings: { momentum, weightDecay },
    slots: centre ? ['velocity', 'offsets'] : ['velocity'],

    init(parameters: Float64Array): Float64Array[] {
      const velocity = new Float64Array(parameters.length);
      return centre ? [velocity, centre.offsets.slice()] : [velocity];
    },

    update(
      gradient: Float64Array,
      slots: readonly Float64Array[],
      parameters: Float64Array,
      { rate }: UpdateSettings,
      layout: Layout,
    ): void {
      const velocity = slots[0] as Float64Array;
      centre?.apply(gradient, slots[1] as Float64Array);
      for (const { offset, length, interaction } of layout.arrays) {
        const decay = interaction ? weightDecay : 0;
        for (let i = offset; i < offset + length; i++) {
          const p = parameters[i] as number;
          const v = momentum * (velocity[i] as number) - rate * ((gradient[i] as number) + decay * p);
          velocity[i] = v;
          parameters[i] = p + v;
        }
      }
    },
  };
}
