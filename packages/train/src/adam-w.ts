import type { Optimizer } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type AdamOptions, adamKinds } from './adam.js';
import { optimizerOf } from './gradient-options.js';

/** Options of `adamW`. */
export interface AdamWOptions extends AdamOptions {
  /** Rate at which weights decay, for each unit of the learning rate (default: 0.01). */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2). The step is that of `adam` and, for the
 * weights of interactions, a decay that is not divided by the root of the squares:
 *
 *     λ ← λ − rate · m̂ / (√ŝ + epsilon),   w ← w − rate · weightDecay · w,
 *
 * both from the parameters before the step. The decay is multiplied by the learning rate, as in PyTorch; the paper multiplies
 * it by the schedule alone. With `centre` the weights decay in centred coordinates.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  checkArguments('adamW', options, { ...adamKinds, weightDecay: optional(kinds.number) });
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, ...gradient } = options;
  return optimizerOf('adamw', { beta1, beta2, epsilon, weightDecay }, gradient);
}
