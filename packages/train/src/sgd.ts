import { RbmError } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type GradientOptions, gradientKinds, optimizerOf } from './gradient-options.js';

/** Options of `sgd`. */
export interface SgdOptions extends GradientOptions {
  /** Share of the last step that the next one keeps, from 0 to below 1 (default: 0). */
  readonly momentum?: number;
  /** Whether to take the gradient's step from where the momentum leads; needs momentum (default: false). */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with classical momentum (Polyak 1964), `g` being the prepared gradient (`GradientOptions`):
 *
 *     v ← momentum · v − rate · g,   λ ← λ + v;
 *
 * or with Nesterov's momentum, in the form of Sutskever, Martens, Dahl and Hinton (ICML 2013, section 3.1) at the point where
 * the gradient is taken:
 *
 *     v ← momentum · v − rate · g,   λ ← λ + momentum · v − rate · g.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkArguments('sgd', options, {
    momentum: optional(kinds.number),
    nesterov: optional(kinds.boolean),
    ...gradientKinds,
  });
  const { momentum = 0, nesterov = false, ...gradient } = options;
  if (nesterov && momentum === 0) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      'nesterov is true, but the momentum is 0. Give a momentum, or omit nesterov.',
    );
  }
  return optimizerOf('sgd', { momentum, nesterov: Number(nesterov) }, gradient);
}
