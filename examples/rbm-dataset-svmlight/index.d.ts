import type { Dataset } from '@rbm/core';
import type { LoadOptions, Plugin } from '@rbm/core/contracts';

export interface SvmlightOptions {
  /** Path of the training samples. */
  readonly file: string;
  /** Path of the held-out samples (default: none). */
  readonly test?: string;
  /** How many features a sample has (default: 0, the largest index that occurs). */
  readonly features?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/svmlight': SvmlightOptions;
  }
}

export function svmlight(options: SvmlightOptions, loading?: LoadOptions): Promise<Dataset>;
export default function plugin(): Plugin;
