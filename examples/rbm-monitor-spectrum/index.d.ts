import type { Monitor, Plugin } from '@rbm/core/contracts';

export interface SpectrumOptions {
  /** Relative error at which the search for the largest singular value ends (default: 1e-6). */
  readonly tolerance?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/spectrum': SpectrumOptions;
  }
}

export function spectrum(options?: SpectrumOptions): Monitor;
export default function plugin(): Plugin;
