import type { Optimizer } from '@rbm/core/contracts';
import { type ArgumentKind, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { type GradientOptions, gradientKinds, optimizerOf } from './gradient-options.js';

/** Options of `adam`. */
export interface AdamOptions extends GradientOptions {
  /** Share of the running mean of gradients that each step keeps, from 0 to below 1 (default: 0.9). */
  readonly beta1?: number;
  /** Share of the running mean of their squares that each step keeps, from 0 to below 1 (default: 0.999). */
  readonly beta2?: number;
  /** Added to the root, so that it is not divided by 0 (default: 1e-8). */
  readonly epsilon?: number;
}

/** For checks of arguments. */
export const adamKinds: Readonly<Record<keyof AdamOptions, ArgumentKind>> = {
  beta1: optional(kinds.number),
  beta2: optional(kinds.number),
  epsilon: optional(kinds.number),
  ...gradientKinds,
};

/**
 * Adam (Kingma and Ba, ICLR 2015, algorithm 1). With `g` the prepared gradient (`GradientOptions`) and `t` the number of the
 * step from 1, which a resumed training goes on counting:
 *
 *     m ← beta1 · m + (1 − beta1) · g,   s ← beta2 · s + (1 − beta2) · g²,
 *     λ ← λ − rate · m̂ / (√ŝ + epsilon),   m̂ = m / (1 − beta1ᵗ),   ŝ = s / (1 − beta2ᵗ).
 *
 * Penalties are part of `g` and so are divided by the root; for a decay that is not, see `adamW`. Steps are about as long as
 * the rate, whatever the gradient: a rate of 0.001 is a usual start.
 *
 * @throws RbmError `ARGUMENT_INVALID`.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkArguments('adam', options, adamKinds);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...gradient } = options;
  return optimizerOf('adam', { beta1, beta2, epsilon }, gradient);
}
