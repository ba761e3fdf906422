import {
  type Buffer,
  type BufferSpec,
  type EnergyModel,
  type Layer,
  layerParametersLength,
  RbmError,
  rowLength,
} from '@rbm/core';
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
  /** How many times each number of the host is stored: a mask has a number a unit, and a bit for each number of it. */
  readonly copies: number;
  readonly bytes: number;
}

/** @throws RbmError `ARGUMENT_INVALID` for a layer or a number of rows that cannot be. */
export function shapeOf(spec: BufferSpec, model: EnergyModel, layout: ParameterLayout): Shape {
  if (spec.holds === 'parameters' || spec.holds === 'layerParameters') {
    const whole = spec.holds === 'parameters';
    const length = whole ? layout.length : layerParametersLength(model);
    const bytes = whole ? layout.bytes : (layout.interactions[0]?.at ?? layout.bytes);
    return { storage: 'parameters', rows: 1, columns: length, length, copies: 1, bytes };
  }
  const { rows } = spec;
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A buffer needs a positive whole number of rows, not ${rows}.`);
  }
  if (spec.holds === 'rows') return { storage: 'doubles', rows, columns: 1, length: rows, copies: 1, bytes: 8 * rows };
  const layer = model.layers[spec.layer];
  if (!layer) throw new RbmError('ARGUMENT_INVALID', `The model has no layer ${spec.layer} to hold ${spec.holds} of.`);
  const columns = rowLength(layer);
  const storage = spec.holds === 'mask' ? BITS : spec.holds === 'states' ? stateStorage(layer) : FLOATS;
  const bytes = panelsOf(columns) * rows * (storage === FLOATS ? 128 : 4);
  const copies = spec.holds === 'mask' ? layer.width : 1;
  return { storage, rows, columns, length: (rows * columns) / copies, copies, bytes };
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
  readonly #release: (block: Block) => void;
  readonly #forget: (buffer: WasmBuffer) => void;
  #derived: Block | undefined;
  #version = 0;
  #disposed = false;

  constructor(
    spec: BufferSpec,
    shape: Shape,
    layout: ParameterLayout,
    block: Block,
    release: (block: Block) => void,
    forget: (buffer: WasmBuffer) => void,
  ) {
    this.spec = spec;
    this.shape = shape;
    this.layout = layout;
    this.#block = block;
    this.#release = release;
    this.#forget = forget;
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
    return this.#block.bytes + (this.#derived?.bytes ?? 0);
  }

  /** How often the content was replaced: of parameters, so that what follows from them is known to be out of date. */
  get version(): number {
    return this.#version;
  }

  /** To be called when a command is enqueued that changes the content. */
  changed(): void {
    this.#version++;
  }

  /** Memory for what follows from the content; released with the buffer. */
  get derived(): Block | undefined {
    return this.#derived;
  }

  set derived(block: Block) {
    this.#derived = block;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forget(this);
    this.#release(this.#block);
    if (this.#derived) this.#release(this.#derived);
  }
}
