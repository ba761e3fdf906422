import type { Draws } from '../layers/layer.js';
import type { Generator } from './generator.js';

/** A `Generator` seen from one layer at one sweep. Its fields move from layer to layer, so that sweeps allocate nothing. */
export class LayerDraws implements Draws {
  random: Generator;
  step = 0;
  firstChain = 0;
  firstUnit = 0;
  /** Which units of the layer the arrays at hand are for, when not all. */
  units: Uint32Array | undefined = undefined;

  constructor(random: Generator) {
    this.random = random;
  }

  uniform(row: number, unit: number, draw: number): number {
    return this.random.uniform(this.firstChain + row, this.#address(unit), this.step, draw);
  }

  bernoulli(probability: number, row: number, unit: number, draw: number): 0 | 1 {
    return this.random.bernoulli(probability, this.firstChain + row, this.#address(unit), this.step, draw);
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    row: number,
    unit: number,
    draw: number,
  ): number {
    const chain = this.firstChain + row;
    return this.random.categorical(probabilities, offset, length, chain, this.#address(unit), this.step, draw);
  }

  normal(row: number, unit: number, draw: number): number {
    return this.random.normal(this.firstChain + row, this.#address(unit), this.step, draw);
  }

  #address(unit: number): number {
    return this.firstUnit + (this.units ? (this.units[unit] as number) : unit);
  }
}
