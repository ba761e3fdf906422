import type { EnergyModel, Generator, ImageShape } from '@rbm/core';
import type { Layer, OpenInteraction, Plugin } from '@rbm/core/contracts';

export interface ConvolutionalOptions {
  /** Filters, and so maps of hidden units (default: 8). */
  readonly filters?: number;
  /** Pixels on a side of a filter (default: 5). */
  readonly size?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/convolutional': ConvolutionalOptions;
  }
}

export function convolutionalRbm(
  options: ConvolutionalOptions & {
    readonly visible: Layer;
    readonly image: ImageShape;
    /** Draws the filters (default: zeros, from which training does not start). */
    readonly random?: Generator;
    /** Standard deviation of the filters that `random` draws (default: 0.1). */
    readonly scale?: number;
  },
): EnergyModel;

export function convolution(options: {
  readonly name?: string;
  readonly between?: readonly number[];
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly size: number;
  /** `[filters · size² + filters]`: filters, then biases (default: zeros). */
  readonly initial?: Float64Array;
}): OpenInteraction;

export default function plugin(): Plugin;
