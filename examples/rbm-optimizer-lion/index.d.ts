import type { Optimizer, Plugin } from '@rbm/core/contracts';

export interface LionOptions {
  /** Share of the momentum in a step, from 0 to 0.9999 (default: 0.9). */
  readonly beta1?: number;
  /** Share of the momentum that is kept, from 0 to 0.9999 (default: 0.99). */
  readonly beta2?: number;
  /** Decay of the weights, not of the biases (default: 0). */
  readonly weightDecay?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/lion': LionOptions;
  }
}

export function lion(options?: LionOptions): Optimizer;
export default function plugin(): Plugin;
