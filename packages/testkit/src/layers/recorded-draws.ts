import type { Generator } from '@rbm/core';
import type { Draws } from '@rbm/core/contracts';
import { demand } from './agreement.js';

function demandProbability(p: number): void {
  demand(p >= 0 && p <= 1 + 1e-9, `sample: draws with a probability of ${p}, wanted one from 0 to 1.`);
}

/** The draws of a generator at one step, which also notes every address that was drawn from. */
export class RecordedDraws implements Draws {
  /** For each `row:unit`, the numbers of its draws, in the order of asking. */
  readonly drawn: Map<string, number[]> = new Map();
  /** Draws that were the second of a normal number. */
  readonly sines: Set<number> = new Set();
  readonly #random: Generator;
  readonly #step: number;
  readonly #firstRow: number;
  readonly #firstUnit: number;

  constructor(random: Generator, step: number, firstRow: number = 0, firstUnit: number = 0) {
    this.#random = random;
    this.#step = step;
    this.#firstRow = firstRow;
    this.#firstUnit = firstUnit;
  }

  uniform(row: number, unit: number, draw: number): number {
    this.#note(row, unit, draw);
    return this.#random.uniform(this.#firstRow + row, this.#firstUnit + unit, this.#step, draw);
  }

  bernoulli(probability: number, row: number, unit: number, draw: number): 0 | 1 {
    this.#note(row, unit, draw);
    demandProbability(probability);
    return this.#random.bernoulli(probability, this.#firstRow + row, this.#firstUnit + unit, this.#step, draw);
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    row: number,
    unit: number,
    draw: number,
  ): number {
    this.#note(row, unit, draw);
    for (let k = offset; k < offset + length; k++) demandProbability(probabilities[k] as number);
    const [chain, index] = [this.#firstRow + row, this.#firstUnit + unit];
    return this.#random.categorical(probabilities, offset, length, chain, index, this.#step, draw);
  }

  normal(row: number, unit: number, draw: number): number {
    this.#note(row, unit, draw);
    this.#note(row, unit, draw + 1);
    this.sines.add(draw + 1);
    return this.#random.normal(this.#firstRow + row, this.#firstUnit + unit, this.#step, draw);
  }

  #note(row: number, unit: number, draw: number): void {
    const key = `${row}:${unit}`;
    const before = this.drawn.get(key);
    if (before) before.push(draw);
    else this.drawn.set(key, [draw]);
  }
}
