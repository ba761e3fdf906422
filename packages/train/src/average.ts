import { RbmError } from '@rbm/core';
import type { Program } from '@rbm/core/contracts';

/** Parameters added up along a phase, to be replaced by their mean at its end (Polyak and Juditsky 1992). */
export class Average {
  readonly #sum: Float64Array;
  #count: number;

  /** @param from A saved sum to go on from. */
  constructor(length: number, from?: { readonly sum: Float64Array; readonly count: number }) {
    if (from && from.sum.length !== length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `The average of the snapshot has ${from.sum.length} numbers, not ${length}.`,
      );
    }
    this.#sum = from ? from.sum.slice() : new Float64Array(length);
    this.#count = from?.count ?? 0;
  }

  add(parameters: Float64Array): void {
    this.#count++;
    for (let i = 0; i < parameters.length; i++) {
      this.#sum[i] = (this.#sum[i] as number) + (parameters[i] as number);
    }
  }

  /** Replaces the live parameters by the mean; leaves them alone if nothing was added. Constraints are convex: it keeps them. */
  apply({ backend, parameters }: Program): void {
    if (this.#count === 0) return;
    backend.write(
      parameters,
      this.#sum.map((x) => x / this.#count),
    );
  }

  save(): { readonly sum: Float64Array; readonly count: number } {
    return { sum: this.#sum.slice(), count: this.#count };
  }
}
