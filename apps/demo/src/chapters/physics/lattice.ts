import { atTemperature, type EnergyModel, energy, generator, ising } from '@rbm/core';
import type { Backend, Buffer, ChainState, Kernel, Program } from '@rbm/core/contracts';
import { chainMean, gibbs } from '@rbm/samplers';

/** Sites on a side of the lattice that is shown. */
export const SIDE = 32;
const SITES: number = SIDE * SIDE;

/** A mean with its error, from correlated measurements. */
export interface Measured {
  readonly mean: number;
  /** Standard error `√(τ s² / N)`, with the integrated autocorrelation time τ. */
  readonly error: number;
  /** In sweeps. */
  readonly autocorrelation: number;
  readonly reliable: boolean;
}

/** One lattice at one temperature, moved by block Gibbs over its two colours, and what was measured on it. */
export class LatticeRun {
  readonly #program: Program;
  readonly #kernel: Kernel;
  /** At T = 1: energies are in units of J. */
  readonly #energies: EnergyModel;
  readonly #seed: number;
  #state: ChainState;
  #energy: number[] = [];
  #magnetisation: number[] = [];
  /** Energies of the first sweeps, from the start to equilibrium, are left out. */
  #skip: number;

  private constructor(
    program: Program,
    kernel: Kernel,
    state: ChainState,
    energies: EnergyModel,
    seed: number,
    skip: number,
  ) {
    this.#program = program;
    this.#kernel = kernel;
    this.#state = state;
    this.#energies = energies;
    this.#seed = seed;
    this.#skip = skip;
  }

  /** @param start Spins to start from, `[sites]`; all up unless given. */
  static async start(
    backend: Backend,
    temperature: number,
    seed: number,
    start: Float64Array = new Float64Array(SITES).fill(1),
    skip = 100,
  ): Promise<LatticeRun> {
    const model = ising({ shape: [SIDE, SIDE] });
    const program = await backend.prepare(atTemperature(model, temperature));
    const kernel = gibbs().bind(program);
    const state = await kernel.init(generator(seed), { chains: 1, values: { visible: start } });
    return new LatticeRun(program, kernel, state, model, seed, skip);
  }

  /** Sweeps that were measured. */
  get sweeps(): number {
    return this.#energy.length;
  }

  /** Some more sweeps. @returns `[sites]`, −1 and 1. */
  async advance(sweeps: number): Promise<Float64Array> {
    const { backend } = this.#program;
    let spins = new Float64Array(0);
    for (let n = 0; n < sweeps; n++) {
      ({ state: this.#state } = await this.#kernel.step(this.#state, generator(this.#seed), 1));
      spins = (await backend.read(this.#state.layers[0] as Buffer)) as Float64Array<ArrayBuffer>;
      if (this.#skip-- > 0) continue;
      this.#energy.push((energy(this.#energies, { visible: spins })[0] as number) / SITES);
      this.#magnetisation.push(Math.abs(spins.reduce((sum, s) => sum + s, 0)) / SITES);
    }
    return spins;
  }

  /** Energy a spin, in units of J. */
  energy(): Measured | undefined {
    return measure(this.#energy);
  }

  /** Magnetisation a spin, without its sign. */
  magnetisation(): Measured | undefined {
    return measure(this.#magnetisation);
  }

  dispose(): void {
    this.#state.dispose();
    this.#program.dispose();
  }
}

/** Measurements for an error to mean anything. */
const FEW = 50;

function measure(series: readonly number[]): Measured | undefined {
  if (series.length < FEW) return undefined;
  const { mean, standardError, autocorrelation } = chainMean(Float64Array.from(series), 1);
  return { mean, error: standardError, autocorrelation: autocorrelation.time, reliable: autocorrelation.reliable };
}
