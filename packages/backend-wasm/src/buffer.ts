import type { EnergyModel } from '@rbm/core';
import {
  type BufferProgram,
  type BufferSpec,
  bufferLength,
  DeviceBuffer,
  type Layer,
  rowLength,
} from '@rbm/core/contracts';
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
  const length = bufferLength(spec, model);
  if (spec.holds === 'parameters' || spec.holds === 'layerParameters') {
    const bytes = spec.holds === 'parameters' ? layout.bytes : (layout.interactions[0]?.at ?? layout.bytes);
    return { storage: 'parameters', rows: 1, columns: length, length, copies: 1, bytes };
  }
  const { rows } = spec;
  if (spec.holds === 'rows') return { storage: 'doubles', rows, columns: 1, length, copies: 1, bytes: 8 * rows };
  const layer = model.layers[spec.layer] as Layer;
  const columns = rowLength(layer);
  const storage = spec.holds === 'mask' ? BITS : spec.holds === 'states' ? stateStorage(layer) : FLOATS;
  const bytes = panelsOf(columns) * rows * (storage === FLOATS ? 128 : 4);
  return { storage, rows, columns, length, copies: spec.holds === 'mask' ? layer.width : 1, bytes };
}

/** As the kernels of its kind have it; without kernels, bits for units of two states, 0 and 1 or −1 and 1, and for one-hot units. */
function stateStorage(layer: Layer): Storage {
  const { kind, states, width } = layer;
  if (kind === 'bernoulli' || kind === 'potts') return BITS;
  if (kind === 'spin') return SIGNS;
  if (kind === 'gaussian' || kind === 'binomial' || kind === 'relu') return FLOATS;
  if (states === null || states !== Math.max(2, width)) return FLOATS;
  const state = new Float64Array(width);
  const found: number[] = [];
  for (let index = 0; index < states; index++) {
    layer.state(index, state, 0);
    found.push(...state);
  }
  const oneHot = found.every((x, n) => x === Number(n % width === Math.floor(n / width)));
  if (width > 1) return oneHot ? BITS : FLOATS;
  if (found[1] !== 1) return FLOATS;
  if (found[0] === 0) return BITS;
  return found[0] === -1 ? SIGNS : FLOATS;
}

/** Panels of 32 columns. */
export function panelsOf(columns: number): number {
  return Math.ceil(columns / 32);
}

/** A buffer of this backend. */
export class WasmBuffer extends DeviceBuffer {
  readonly shape: Shape;
  readonly layout: ParameterLayout;
  readonly #block: Block;
  readonly #release: (block: Block) => void;
  #derived: Block | undefined;

  constructor(
    spec: BufferSpec,
    program: BufferProgram,
    shape: Shape,
    layout: ParameterLayout,
    block: Block,
    release: (block: Block) => void,
  ) {
    super(spec, program);
    this.shape = shape;
    this.layout = layout;
    this.#block = block;
    this.#release = release;
  }

  get address(): number {
    return this.#block.address;
  }

  get bytes(): number {
    return this.#block.bytes + (this.#derived?.bytes ?? 0);
  }

  /** Memory for what follows from the content; released with the buffer. */
  get derived(): Block | undefined {
    return this.#derived;
  }

  set derived(block: Block) {
    this.#derived = block;
  }

  protected free(): void {
    this.#release(this.#block);
    if (this.#derived) this.#release(this.#derived);
  }
}
