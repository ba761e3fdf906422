import { type Assignment, type Buffer, type EnergyModel, type Layer, RbmError, rowLength } from '@rbm/core';
import type { GpujsBuffer } from './buffer.js';
import { own, type Session } from './session.js';

/** One layer of a checked assignment. */
export interface Entry {
  readonly holds: 'values' | 'inputs';
  readonly buffer: GpujsBuffer;
}

/** Checks the buffers that operations are given: what is wrong with a call throws before anything is done. */
export class Operands {
  readonly #model: EnergyModel;
  readonly #session: Session;

  constructor(model: EnergyModel, session: Session) {
    this.#model = model;
    this.#session = session;
  }

  layer(layer: number): Layer {
    const found = this.#model.layers[layer];
    if (!found) throw new RbmError('ARGUMENT_INVALID', `The model has no layer ${layer}.`);
    return found;
  }

  /** A buffer of `rows` rows of a layer's units; `values` are states or means. @throws RbmError `SHAPE_MISMATCH`. */
  units(
    buffer: Buffer | undefined,
    layer: number,
    rows: number,
    holds: 'states' | 'means' | 'inputs' | 'values',
  ): GpujsBuffer {
    const spec = buffer?.spec;
    const kindFits =
      spec?.holds === holds || (holds === 'values' && (spec?.holds === 'states' || spec?.holds === 'means'));
    const fits = kindFits && 'layer' in spec && spec.layer === layer && spec.rows === rows;
    // The length too: the buffer may come from another model.
    if (!buffer || !fits || buffer.length !== rows * rowLength(this.layer(layer))) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer of ${holds} for ${rows} rows of layer "${this.#model.names[layer]}" was expected, ` +
          `not one of ${JSON.stringify(spec)}.`,
      );
    }
    return own(buffer, this.#session);
  }

  /** A buffer laid out like the parameters. @throws RbmError `SHAPE_MISMATCH`. */
  parameterLike(buffer: Buffer): GpujsBuffer {
    if (buffer.spec.holds !== 'parameters' || buffer.length !== this.#model.layout.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer laid out like the parameters was expected, not ${buffer.spec.holds}.`,
      );
    }
    return own(buffer, this.#session);
  }

  /** A buffer of one number a row. @throws RbmError `SHAPE_MISMATCH`. */
  rows(buffer: Buffer, rows: number): GpujsBuffer {
    if (buffer.spec.holds !== 'rows' || buffer.spec.rows !== rows) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer of ${rows} rows was expected, not ${JSON.stringify(buffer.spec)}.`,
      );
    }
    return own(buffer, this.#session);
  }

  /** @throws RbmError `SHAPE_MISMATCH` unless there is an entry a layer, all of the same number of rows. */
  assignment(assignment: Assignment): { readonly entries: readonly Entry[]; readonly rows: number } {
    if (assignment.length !== this.#model.layers.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `An assignment needs an entry for each of ${this.#model.layers.length} layers.`,
      );
    }
    const [first] = assignment as [Assignment[number]];
    const rows = rowsOf('values' in first ? first.values : first.inputs);
    const entries = assignment.map((entry, l): Entry => {
      if ('values' in entry) return { holds: 'values', buffer: this.units(entry.values, l, rows, 'values') };
      return { holds: 'inputs', buffer: this.units(entry.inputs, l, rows, 'inputs') };
    });
    return { entries, rows };
  }
}

/** @throws RbmError `SHAPE_MISMATCH` for a buffer without rows. */
export function rowsOf(buffer: Buffer | undefined): number {
  if (!buffer || !('rows' in buffer.spec)) {
    throw new RbmError('SHAPE_MISMATCH', `A buffer with rows was expected, not one of ${buffer?.spec.holds}.`);
  }
  return buffer.spec.rows;
}
