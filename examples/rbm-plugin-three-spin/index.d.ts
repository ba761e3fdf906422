import type { EnergyModel } from '@rbm/core';
import type { Layer, OpenInteraction, Plugin } from '@rbm/core/contracts';

export interface ThreeSpinOptions {
  /** Which triples of units are coupled (default: `neighbours`, units i, i + 1 and i + 2). */
  readonly among?: 'neighbours' | 'all';
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'acme/three-spin': ThreeSpinOptions;
  }
}

export function threeSpin(
  options: ThreeSpinOptions & {
    readonly visible: Layer;
    /** `[triples, 3]`, in place of `among`: units, each triple once. */
    readonly triples?: ArrayLike<number>;
  },
): EnergyModel;

export function triples(options: {
  readonly name?: string;
  readonly between?: readonly number[];
  readonly units: number;
  /** `[triples, 3]` */
  readonly triples: ArrayLike<number>;
}): OpenInteraction;

/** `[triples, 3]` */
export function listTriples(units: number, among: 'neighbours' | 'all'): Uint32Array;

export default function plugin(): Plugin;
