import { type Buffer, type BufferSpec, type EnergyModel, type Layer, RbmError, rowLength } from '@rbm/core';
import type { Block } from './heap.js';
import { BITS, FLOATS, SIGNS } from './opcodes.js';
import type { ParameterLayout } from './parameter-layout.js';

/** How the numbers of a buffer are stored. */
export type Storage = typeof BITS | typeof SIGNS | typeof FLOATS | 'doubles' | 'parameters';

/** How a buffer lies in memory. */
export interface Shape {
  readonly storage: Storage;
  readonly rows: number;
  /** Numbers a row. */
  readonly columns: number;
  /** How many numbers the host sees. */
  readonly length: number;
  readonly bytes: number;
}

/** @throws RbmError `ARGUMENT_INVALID` for a layer or a number of rows that cannot be. */
export function shapeOf(spec: BufferSpec, model: EnergyModel, layout: ParameterLayout): Shape {
  if (spec.holds === 'parameters') {
    return { storage: 'parameters', rows: 1, columns: layout.length, length: layout.length, bytes: layout.bytes };
  }
  const { rows } = spec;
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A buffer needs a positive whole number of rows, not ${rows}.`);
  }
  if (spec.holds === 'rows') return { storage: 'doubles', rows, columns: 1, length: rows, bytes: 8 * rows };
  const layer = model.layers[spec.layer];
  if (!layer) throw new RbmError('ARGUMENT_INVALID', `The model has no layer ${spec.layer} to hold ${spec.holds} of.`);
  const columns = rowLength(layer);
  const storage = spec.holds === 'states' ? stateStorage(layer) : FLOATS;
  const bytes = panelsOf(columns) * rows * (storage === FLOATS ? 128 : 4);
  return { storage, rows, columns, length: rows * columns, bytes };
}

function stateStorage(layer: Layer): Storage {
  if (layer.kind === 'bernoulli' || layer.kind === 'potts') return BITS;
  return layer.kind === 'spin' ? SIGNS : FLOATS;
}

/** Panels of 32 columns. */
export function panelsOf(columns: number): number {
  return Math.ceil(columns / 32);
}

/** A buffer of this backend. */
export class WasmBuffer implements Buffer {
  readonly spec: BufferSpec;
  readonly shape: Shape;
  readonly layout: ParameterLayout;
  readonly #block: Block;
  readonly #release: (buffer: WasmBuffer, block: Block) => void;
  #disposed = false;

  constructor(
    spec: BufferSpec,
    shape: Shape,
    layout: ParameterLayout,
    block: Block,
    release: (buffer: WasmBuffer, block: Block) => void,
  ) {
    this.spec = spec;
    this.shape = shape;
    this.layout = layout;
    this.#block = block;
    this.#release = release;
  }

  get length(): number {
    return this.shape.length;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  get address(): number {
    return this.#block.address;
  }

  get bytes(): number {
    return this.#block.bytes;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#release(this, this.#block);
  }
}
