import { type Samples, visibleValues } from '@rbm/core';
import { type Buffer, type Layer, type Program, rowLength } from '@rbm/core/contracts';
import { allocateAll } from './allocate-all.js';
import type { DataKinds } from './data.js';

/**
 * Samples on a backend, uploaded once: batches are rows of it. Where a layer's values are too many for one buffer of the backend,
 * they stay on the host and each batch is handed over.
 */
export class SampleSource {
  readonly program: Program;
  readonly samples: Samples;
  readonly kinds: DataKinds;
  /** An entry a visible layer: its values for all samples, if they fit. */
  readonly resident: readonly (Buffer | undefined)[];

  /**
   * @param kinds As `checkData` found them.
   * @param keep Whether samples are uploaded: not worth it for those that are seen once.
   */
  constructor(program: Program, samples: Samples, kinds: DataKinds, keep: 'resident' | 'on the host' = 'resident') {
    const { backend, model } = program;
    this.program = program;
    this.samples = samples;
    this.kinds = kinds;
    const resident: (Buffer | undefined)[] = [];
    this.resident = resident;
    const { largestBuffer } = backend.capabilities;
    try {
      for (const [v, layer] of model.visible.entries()) {
        const length = rowLength(model.layers[layer] as Layer);
        const fits = keep === 'resident' && samples.count * length <= largestBuffer;
        resident.push(
          fits ? program.allocate({ holds: kinds[v] as 'states' | 'means', layer, rows: samples.count }) : undefined,
        );
        if (resident[v]) backend.write(resident[v], visibleValues(model, samples, v));
      }
    } catch (error) {
      // A whole data set may be more than the backend has room for.
      this.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const buffer of this.resident) buffer?.dispose();
  }
}

/** Where the values of a visible layer begin in a sample. */
function offsetOf({ model }: Program, v: number): number {
  return model.visible.slice(0, v).reduce((sum, l) => sum + rowLength(model.layers[l] as Layer), 0);
}

/**
 * Room on a backend for some rows of a source, filled again and again without allocating: one buffer a visible layer, and one
 * for the weights.
 */
export class SampleRows {
  readonly rows: number;
  readonly visible: readonly Buffer[];
  readonly weights: Buffer | undefined;
  readonly #source: SampleSource;
  readonly #numbers: Uint32Array;
  /** An entry a visible layer: room for the rows of those that are not resident. */
  readonly #staging: readonly (Float64Array | undefined)[];
  readonly #weightStaging: Float64Array;

  constructor(source: SampleSource, rows: number) {
    const { program, samples, kinds, resident } = source;
    const { model } = program;
    this.rows = rows;
    this.#source = source;
    this.#numbers = new Uint32Array(rows);
    [this.visible, this.weights] = allocateAll(program, (allocate) => [
      model.visible.map((layer, v) => allocate({ holds: kinds[v] as 'states' | 'means', layer, rows })),
      samples.weights ? allocate({ holds: 'rows', rows }) : undefined,
    ]);
    this.#staging = model.visible.map((l, v) =>
      resident[v] ? undefined : new Float64Array(rows * rowLength(model.layers[l] as Layer)),
    );
    this.#weightStaging = new Float64Array(samples.weights ? rows : 0);
  }

  /** Fills the rows with the samples of these numbers, one a row; weights are scaled to sum to 1. */
  fill(numbers: ArrayLike<number>): void {
    this.#numbers.set(numbers);
    this.#fetch();
  }

  /** Fills the rows with the samples from one on; where fewer than `count` are left, the last of these is repeated. */
  fillFrom(first: number, count: number): void {
    for (let row = 0; row < this.rows; row++) this.#numbers[row] = Math.min(first + row, count - 1);
    this.#fetch();
  }

  #fetch(): void {
    const { program, samples, resident } = this.#source;
    for (const [v, buffer] of this.visible.entries()) {
      const source = resident[v];
      if (source) program.backend.gather(source, this.#numbers, buffer);
      else program.backend.write(buffer, this.#stage(v));
    }
    const { weights } = samples;
    if (!weights || !this.weights) return;
    let total = 0;
    for (const n of this.#numbers) total += weights[n] as number;
    for (let row = 0; row < this.rows; row++) {
      this.#weightStaging[row] = (weights[this.#numbers[row] as number] as number) / total;
    }
    program.backend.write(this.weights, this.#weightStaging);
  }

  dispose(): void {
    for (const buffer of this.visible) buffer.dispose();
    this.weights?.dispose();
  }

  /** The values of one layer in the chosen samples. */
  #stage(v: number): Float64Array {
    const { program, samples } = this.#source;
    const staging = this.#staging[v] as Float64Array;
    const length = staging.length / this.rows;
    const offset = offsetOf(program, v);
    for (let row = 0; row < this.rows; row++) {
      const start = (this.#numbers[row] as number) * samples.width + offset;
      for (let i = 0; i < length; i++) staging[row * length + i] = samples.values[start + i] as number;
    }
    return staging;
  }
}
