import type { Assignment, Buffer } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import type { EnergyModel } from '../models/model.js';

/** One layer of a checked assignment: whether it is given by values `[rows, units]` or by inputs, and the buffer. */
export interface CheckedEntry<B extends Buffer> {
  readonly holds: 'values' | 'inputs';
  readonly buffer: B;
}

/**
 * For those who write a backend: checks the buffers that a program's operations are given, so that what is wrong with a call
 * throws before anything is done.
 */
export class Operands<B extends Buffer> {
  readonly #model: EnergyModel;
  readonly #own: (buffer: Buffer) => B;

  /** @param own Gives a buffer as the backend's own; throws `DISPOSED` or `ARGUMENT_INVALID` for one that is not. */
  constructor(model: EnergyModel, own: (buffer: Buffer) => B) {
    this.#model = model;
    this.#own = own;
  }

  /** @throws RbmError `ARGUMENT_INVALID` for a layer that the model has not. */
  layer(layer: number): Layer {
    const found = this.#model.layers[layer];
    if (!found) throw new RbmError('ARGUMENT_INVALID', `The model has no layer ${layer}.`);
    return found;
  }

  /** A buffer `[rows, units]` of a layer's units; `values` are states or means. @throws RbmError `SHAPE_MISMATCH`. */
  units(buffer: Buffer | undefined, layer: number, rows: number, holds: 'states' | 'means' | 'inputs' | 'values'): B {
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
    return this.#own(buffer);
  }

  /** A buffer laid out like the parameters. @throws RbmError `SHAPE_MISMATCH`. */
  parameterLike(buffer: Buffer): B {
    if (buffer.spec.holds !== 'parameters' || buffer.length !== this.#model.layout.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer laid out like the parameters was expected, not ${buffer.spec.holds}.`,
      );
    }
    return this.#own(buffer);
  }

  /** A buffer of one number a row, `[rows]`. @throws RbmError `SHAPE_MISMATCH`. */
  rows(buffer: Buffer, rows: number): B {
    if (buffer.spec.holds !== 'rows' || buffer.spec.rows !== rows) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `A buffer of ${rows} rows was expected, not ${JSON.stringify(buffer.spec)}.`,
      );
    }
    return this.#own(buffer);
  }

  /** @throws RbmError `SHAPE_MISMATCH` unless there is an entry a layer, all of the same number of rows. */
  assignment(assignment: Assignment): { readonly entries: readonly CheckedEntry<B>[]; readonly rows: number } {
    if (assignment.length !== this.#model.layers.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `An assignment needs an entry for each of ${this.#model.layers.length} layers.`,
      );
    }
    const [first] = assignment as [Assignment[number]];
    const rows = rowsOf('values' in first ? first.values : first.inputs);
    const entries = assignment.map((entry, l): CheckedEntry<B> => {
      if ('values' in entry) return { holds: 'values', buffer: this.units(entry.values, l, rows, 'values') };
      return { holds: 'inputs', buffer: this.units(entry.inputs, l, rows, 'inputs') };
    });
    return { entries, rows };
  }
}

/** How many rows a buffer has. @throws RbmError `SHAPE_MISMATCH` for one without rows. */
export function rowsOf(buffer: Buffer | undefined): number {
  if (!buffer || !('rows' in buffer.spec)) {
    throw new RbmError('SHAPE_MISMATCH', `A buffer with rows was expected, not one of ${buffer?.spec.holds}.`);
  }
  return buffer.spec.rows;
}
