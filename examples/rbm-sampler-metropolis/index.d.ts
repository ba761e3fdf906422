import type { Plugin, Sampler } from '@rbm/core/contracts';

export interface MetropolisOptions {
  /** Share of flips that are tried, from 0.01 to 0.99; 0.5 unless given. */
  readonly flip?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/metropolis': MetropolisOptions;
  }
}

export function metropolis(options?: MetropolisOptions): Sampler;
export default function plugin(): Plugin;
