import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { spin } from '../layers/spin.js';
import { boltzmannMachine, type Values, valuesKind } from './boltzmann-machine.js';
import { latticeEdges, periodicKind } from './lattice.js';
import type { EnergyModel } from './model.js';

/** What `ising` takes. */
export interface IsingOptions {
  /** Extents of the lattice, one a dimension: `[32, 32]`. */
  readonly shape: readonly number[];
  /** Whether the last site of a dimension is joined to the first: for all, or each. `true` unless given. */
  readonly periodic?: boolean | readonly boolean[];
  /** `J` of each edge, in the order of `latticeEdges`, in units of k_B T; 1 unless given. */
  readonly couplings?: Values;
  /** `a` of each site, row-major, in units of k_B T; 0 unless given. */
  readonly fields?: Values;
}

/**
 * The Ising model on a lattice of any dimension, spins ±1:
 *
 *     E(s) = −Σ_i a_i s_i − Σ_⟨ij⟩ J_ij s_i s_j.
 *
 * Random couplings, as of a spin glass, are a function of a generator: `couplings: (e) => random.normal(0, e, 0, 0)`. A
 * sweep draws the sites colour by colour: two colours where the lattice is bipartite.
 *
 * @throws RbmError as `latticeEdges` and `boltzmannMachine`.
 */
export function ising(options: IsingOptions): EnergyModel {
  checkArguments('ising', options, {
    shape: { ...kinds.numbers, example: '[32, 32]' },
    periodic: optional(periodicKind),
    couplings: optional(valuesKind),
    fields: optional(valuesKind),
  });
  const { shape, periodic = true, couplings = 1, fields = 0 } = options;
  const edges = latticeEdges(shape, periodic);
  const sites = shape.reduce((product, extent) => product * extent, 1);
  return { ...boltzmannMachine({ visible: spin(sites), edges, couplings, fields }), kind: 'ising' };
}
