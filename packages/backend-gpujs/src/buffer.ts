import type { EnergyModel } from '@rbm/core';
import { type BufferSpec, bufferLength, DeviceBuffer, isPairwise, type Layer, rowLength } from '@rbm/core/contracts';
import type { DeviceArray, Shape } from './engine.js';
import type { GpujsProgram } from './program.js';

/** The arrays of a buffer, in the order of their numbers. @throws RbmError `ARGUMENT_INVALID` for what cannot be. */
export function shapesOf(spec: BufferSpec, model: EnergyModel): Shape[] {
  if (spec.holds === 'parameters') return parameterShapes(model);
  if (spec.holds === 'layerParameters') return parameterShapes(model).slice(0, arraysOf(model).layers.flat().length);
  const length = bufferLength(spec, model);
  const { rows } = spec;
  if (spec.holds === 'rows') return [{ columns: length, rows: 1 }];
  const layer = model.layers[spec.layer] as Layer;
  return [{ columns: spec.holds === 'mask' ? layer.units : rowLength(layer), rows }];
}

/** Which of the layout's arrays are the parameters of each layer, and which one is the first of each interaction. */
export function arraysOf({ layers, interactions }: EnergyModel): {
  readonly layers: readonly (readonly number[])[];
  readonly interactions: readonly number[];
} {
  let next = 0;
  return {
    layers: layers.map(({ parameters }) => parameters.map(() => next++)),
    interactions: interactions.map((interaction) => {
      const first = next;
      next += isPairwise(interaction) ? 1 : interaction.parameters.length;
      return first;
    }),
  };
}

/** One array for each of the layout: matrices for dense interactions, single rows for all else. */
function parameterShapes(model: EnergyModel): Shape[] {
  const { layout, interactions } = model;
  return layout.arrays.map(({ offset, length, shape }) => {
    const n = layout.interactions.findIndex(({ start }) => start === offset);
    const dense = interactions[n]?.kind === 'dense' && length > 0;
    return dense ? { columns: shape[1] as number, rows: shape[0] as number } : { columns: length, rows: 1 };
  });
}

/** A buffer of this backend: what it holds is replaced, not changed, by the operations that are enqueued. */
export class GpujsBuffer extends DeviceBuffer {
  declare readonly program: GpujsProgram;
  readonly shapes: readonly Shape[];
  /** Zeros until something is written. For operations in the queue alone. */
  arrays: (DeviceArray | undefined)[];
  /** Arrays with rows and columns exchanged, as long as they are what they were made of. */
  readonly #transposed: (DeviceArray | undefined)[] = [];

  constructor(spec: BufferSpec, program: GpujsProgram) {
    super(spec, program);
    this.shapes = shapesOf(spec, program.model);
    this.arrays = this.shapes.map(() => undefined);
  }

  get model(): EnergyModel {
    return this.program.model;
  }

  get bytes(): number {
    return 4 * this.length;
  }

  /** Puts a new array in the place of an old one, and takes over the caller's hold of it. */
  replace(index: number, array: DeviceArray | undefined): void {
    this.arrays[index]?.release();
    this.arrays[index] = array;
    this.#transposed[index]?.release();
    this.#transposed[index] = undefined;
  }

  /** An array of the buffer, transposed. @param transpose Makes it where it is not there. */
  async transposed(index: number, transpose: () => Promise<DeviceArray>): Promise<DeviceArray> {
    const array = this.#transposed[index] ?? (await transpose());
    this.#transposed[index] = array;
    return array;
  }

  /** Releases all arrays. */
  clear(): void {
    for (const index of this.shapes.keys()) this.replace(index, undefined);
  }

  protected free(): void {
    this.program.session.queue.enqueue(async () => {
      this.clear();
    });
  }
}
