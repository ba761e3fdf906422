import type { UpdateSettings } from '../contracts/optimizer.js';
import type { Layout } from '../models/layout.js';

/** The numbers of RMSProp: without a mean of gradients and without a correction of the start. */
export interface RmsPropSettings {
  readonly beta: number;
  readonly epsilon: number;
}

/** The numbers of Adam, and of AdamW, which has `weightDecay`. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay?: number;
}

/** `s ← β s + (1 − β) g²`; the step is `−rate g / (√s + ε)`. The gradient becomes the step. */
export function scaleByRoot(
  gradient: Float64Array,
  squares: Float64Array,
  { beta, epsilon }: RmsPropSettings,
  { rate }: UpdateSettings,
): void {
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] as number;
    const s = beta * (squares[i] as number) + (1 - beta) * g * g;
    squares[i] = s;
    gradient[i] = (-rate * g) / (Math.sqrt(s) + epsilon);
  }
}

/**
 * With `t` the number of this step from 1, `m ← β₁ m + (1 − β₁) g` and `s ← β₂ s + (1 − β₂) g²`; the step is
 * `−rate m̂ / (√ŝ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and `ŝ = s / (1 − β₂ᵗ)`. The gradient becomes the step.
 */
export function scaleByMoments(
  gradient: Float64Array,
  means: Float64Array,
  squares: Float64Array,
  { beta1, beta2, epsilon }: AdamSettings,
  { rate, step }: UpdateSettings,
): void {
  const mean = 1 - beta1 ** (step + 1);
  const square = 1 - beta2 ** (step + 1);
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] as number;
    const m = beta1 * (means[i] as number) + (1 - beta1) * g;
    const s = beta2 * (squares[i] as number) + (1 - beta2) * g * g;
    means[i] = m;
    squares[i] = s;
    gradient[i] = (-rate * (m / mean)) / (Math.sqrt(s / square) + epsilon);
  }
}

/** Adds `−rate · weightDecay · w` to the step of each weight of the interactions. */
export function decayWeights(
  step: Float64Array,
  parameters: Float64Array,
  weightDecay: number,
  { rate }: UpdateSettings,
  layout: Layout,
): void {
  for (const { offset, length, interaction } of layout.arrays) {
    if (!interaction) continue;
    for (let i = offset; i < offset + length; i++) {
      step[i] = (step[i] as number) - rate * weightDecay * (parameters[i] as number);
    }
  }
}
