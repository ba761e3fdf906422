import type { UpdateSettings } from '../contracts/optimizer.js';

/** The numbers of gradient descent. */
export interface DescentSettings {
  readonly momentum: number;
  /** 1 to step from where the momentum leads. */
  readonly nesterov: number;
}

/** `v ← momentum v − rate g`; the step is `v`, or `momentum v − rate g` with the new `v`. The gradient becomes the step. */
export function descend(
  gradient: Float64Array,
  velocity: Float64Array,
  { momentum, nesterov }: DescentSettings,
  { rate }: UpdateSettings,
): void {
  for (let i = 0; i < gradient.length; i++) {
    const slope = rate * (gradient[i] as number);
    const v = momentum * (velocity[i] as number) - slope;
    velocity[i] = v;
    gradient[i] = nesterov ? momentum * v - slope : v;
  }
}
