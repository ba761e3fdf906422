import type { Optimizer } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type GradientOptions, gradientKinds, optimizerOf } from './gradient-options.js';

/** Options of `rmsProp`. */
export interface RmsPropOptions extends GradientOptions {
  /** Share of the running mean of squares that each step keeps, from 0 to below 1 (default: 0.9). */
  readonly beta?: number;
  /** Added to the root, so that it is not divided by 0 (default: 1e-8). */
  readonly epsilon?: number;
}

/**
 * RMSProp (Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"): the gradient divided by the root
 * of a running mean of its squares, for each parameter. With `g` the prepared gradient (`GradientOptions`):
 *
 *     s ← beta · s + (1 − beta) · g²,   λ ← λ − rate · g / (√s + epsilon).
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer {
  checkArguments('rmsProp', options, {
    beta: optional(kinds.number),
    epsilon: optional(kinds.number),
    ...gradientKinds,
  });
  const { beta = 0.9, epsilon = 1e-8, ...gradient } = options;
  return optimizerOf('rmsprop', { beta, epsilon }, gradient);
}
