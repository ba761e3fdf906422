import type { EnergyModel, Generator } from '@rbm/core';
import type { Backend, Buffer, Program } from '@rbm/core/contracts';
import type { Configuration } from './machine.js';

/** The two half-steps of a sweep, in their order. */
export type Half = 'hidden' | 'visible';

/** One chain of block Gibbs that can be watched half-step by half-step. It counts the visible states it comes to. */
export class Chain {
  /** `[2^visible]`: how often each visible state was come to, in the order of counting with the first unit fastest. */
  readonly visits: Float64Array;
  readonly #program: Program;
  readonly #random: Generator;
  /** The layers' values, visible and hidden. */
  readonly #states: readonly [Buffer, Buffer];
  readonly #inputs: readonly [Buffer, Buffer];
  #sweeps = 0;
  #disposed = false;

  private constructor(program: Program, random: Generator) {
    const allocate = (holds: 'states' | 'inputs', layer: number): Buffer => program.allocate({ holds, layer, rows: 1 });
    this.#program = program;
    this.#random = random;
    this.#states = [allocate('states', 0), allocate('states', 1)];
    this.#inputs = [allocate('inputs', 0), allocate('inputs', 1)];
    this.visits = new Float64Array(2 ** this.#states[0].length);
  }

  static async start(backend: Backend, model: EnergyModel, random: Generator): Promise<Chain> {
    return new Chain(await backend.prepare(model), random);
  }

  /** Sweeps done, each of which ends with a visible half-step. */
  get sweeps(): number {
    return this.#sweeps;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Draws one layer given the other. */
  async draw(half: Half, from: Configuration): Promise<Configuration> {
    this.#write(from);
    const layer = half === 'visible' ? 0 : 1;
    const program = this.#program;
    program.affine(layer, this.#states, this.#inputs[layer]);
    program.sample(layer, this.#inputs[layer], this.#states[layer], { random: this.#random, step: this.#sweeps });
    const drawn = Array.from(await this.#program.backend.read(this.#states[layer]));
    if (half === 'hidden') return { ...from, hidden: drawn };
    this.#count(drawn);
    return { ...from, visible: drawn };
  }

  /** Whole sweeps; each is looked at, since each counts. Ends early if the chain is disposed. */
  async run(sweeps: number, from: Configuration): Promise<Configuration> {
    this.#write(from);
    const [visible, hidden] = this.#states;
    for (let sweep = 0; sweep < sweeps && !this.#disposed; sweep++) {
      this.#program.gibbs(this.#states, 1, { random: this.#random, step: this.#sweeps });
      this.#count(await this.#program.backend.read(visible));
    }
    if (this.#disposed) return from;
    const values = await Promise.all([visible, hidden].map((buffer) => this.#program.backend.read(buffer)));
    const [v = [], h = []] = values.map((each) => Array.from(each));
    return { visible: v, hidden: h };
  }

  /** Distance of the visits from a distribution: half the sum of the differences. 1 before any sweep. */
  totalVariation(probabilities: Float64Array): number {
    if (this.#sweeps === 0) return 1;
    return probabilities.reduce((sum, p, n) => sum + Math.abs((this.visits[n] as number) / this.#sweeps - p) / 2, 0);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffer of [...this.#states, ...this.#inputs]) buffer.dispose();
    this.#program.dispose();
  }

  #write({ visible, hidden }: Configuration): void {
    this.#program.backend.write(this.#states[0], Float64Array.from(visible));
    this.#program.backend.write(this.#states[1], Float64Array.from(hidden));
  }

  #count(visible: ArrayLike<number>): void {
    const state = stateNumber(visible);
    this.visits[state] = (this.visits[state] as number) + 1;
    this.#sweeps++;
  }
}

/** Counting with the first unit fastest. */
export function stateNumber(visible: ArrayLike<number>): number {
  let state = 0;
  for (let i = 0; i < visible.length; i++) state += (visible[i] as number) * 2 ** i;
  return state;
}

/**
 * The total variation to be expected of that many independent samples: `½ Σ √(2 p (1 − p) / (π N))`, the mean size of
 * normal deviations.
 */
export function expectedTotalVariation(probabilities: Float64Array, samples: number): number {
  return probabilities.reduce((sum, p) => sum + Math.sqrt((2 * p * (1 - p)) / (Math.PI * samples)) / 2, 0);
}
