import {
  type Buffer,
  type EnergyModel,
  type Layer,
  type Program,
  RbmError,
  rowLength,
  type Samples,
  sampleWidth,
} from '@rbm/core';

/** Whether each visible layer's data are states of its units or only means of them. One entry a visible layer. */
export type DataKinds = readonly ('states' | 'means')[];

/**
 * Checks samples against the visible layers of a model.
 *
 * @throws RbmError `DATA_INVALID` without samples, for a width that is not the model's, or for values that a unit cannot
 * take, naming the first; `SHAPE_MISMATCH` if the arrays contradict `count` and `width`.
 */
export function checkData(model: EnergyModel, samples: Samples, name: string): DataKinds {
  const { values, count, width, weights } = samples;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RbmError('DATA_INVALID', `The ${name} data hold no samples.`);
  }
  if (width !== sampleWidth(model)) {
    throw new RbmError(
      'DATA_INVALID',
      `The ${name} data have ${width} numbers a sample, but the visible units of the model take ${sampleWidth(model)}.`,
    );
  }
  if (values.length !== count * width || (weights && weights.length !== count)) {
    throw new RbmError('SHAPE_MISMATCH', `The ${name} data do not hold ${count} samples of ${width} numbers.`);
  }
  const badWeight = weights ? weights.findIndex((w) => !(w > 0 && Number.isFinite(w))) : -1;
  if (badWeight >= 0) {
    throw new RbmError('DATA_INVALID', `Sample ${badWeight} of the ${name} data has weight ${weights?.[badWeight]}.`);
  }
  let offset = 0;
  return model.visible.map((l) => {
    const layer = model.layers[l] as Layer;
    const kind = kindOf(layer, samples, offset, name);
    offset += rowLength(layer);
    return kind;
  });
}

function kindOf(layer: Layer, { values, count, width }: Samples, offset: number, name: string): 'states' | 'means' {
  let kind: 'states' | 'means' = 'states';
  for (let n = 0; n < count; n++) {
    const row = values.subarray(n * width + offset, n * width + offset + rowLength(layer));
    if (kind === 'states' && layer.findInvalid(row, 'states') >= 0) kind = 'means';
    if (kind === 'states') continue;
    const invalid = layer.findInvalid(row, 'means');
    if (invalid >= 0) {
      throw new RbmError(
        'DATA_INVALID',
        `Sample ${n} of the ${name} data has ${row[invalid]} at position ${offset + invalid}, which no ${layer.kind} unit can ` +
          'be. Prepare the data (binarise, scale) or choose another kind of layer.',
      );
    }
  }
  return kind;
}

/**
 * Room on a backend for some rows of samples, filled from the host again and again without allocating: one buffer a
 * visible layer, and one for the weights.
 */
export class SampleRows {
  readonly rows: number;
  readonly visible: readonly Buffer[];
  readonly weights: Buffer | undefined;
  readonly #program: Program;
  readonly #samples: Samples;
  readonly #staging: readonly Float64Array[];
  readonly #weightStaging: Float64Array;

  constructor(program: Program, samples: Samples, kinds: DataKinds, rows: number) {
    const { model } = program;
    this.rows = rows;
    this.#program = program;
    this.#samples = samples;
    this.visible = model.visible.map((layer, n) =>
      program.allocate({ holds: kinds[n] as 'states' | 'means', layer, rows }),
    );
    this.#staging = model.visible.map((l) => new Float64Array(rows * rowLength(model.layers[l] as Layer)));
    this.weights = samples.weights ? program.allocate({ holds: 'rows', rows }) : undefined;
    this.#weightStaging = new Float64Array(samples.weights ? rows : 0);
  }

  /** Fills the rows with the samples that `sampleAt` names; weights are scaled to sum to 1. */
  fill(sampleAt: (row: number) => number): void {
    const { backend, model } = this.#program;
    const { values, width, weights } = this.#samples;
    for (let row = 0; row < this.rows; row++) {
      let source = sampleAt(row) * width;
      for (const [v, l] of model.visible.entries()) {
        const length = rowLength(model.layers[l] as Layer);
        const staging = this.#staging[v] as Float64Array;
        for (let i = 0; i < length; i++) staging[row * length + i] = values[source + i] as number;
        source += length;
      }
    }
    for (const [v, buffer] of this.visible.entries()) backend.write(buffer, this.#staging[v] as Float64Array);
    if (!weights || !this.weights) return;
    let total = 0;
    for (let row = 0; row < this.rows; row++) total += weights[sampleAt(row)] as number;
    for (let row = 0; row < this.rows; row++) this.#weightStaging[row] = (weights[sampleAt(row)] as number) / total;
    backend.write(this.weights, this.#weightStaging);
  }

  dispose(): void {
    for (const buffer of this.visible) buffer.dispose();
    this.weights?.dispose();
  }
}
