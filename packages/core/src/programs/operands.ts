import type { Assignment, Buffer, Inputs, Target } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { type EnergyModel, layerParametersLength } from '../models/model.js';

/** Checked inputs of a layer: `base` is what the base sends, where it has weights. */
export interface CheckedInputs<B extends Buffer> {
  readonly buffer: B;
  readonly base: B | undefined;
}

/** One layer of a checked assignment: its values `[rows, units]`, or its inputs. */
export type CheckedEntry<B extends Buffer> =
  | { readonly holds: 'values'; readonly buffer: B }
  | ({ readonly holds: 'inputs' } & CheckedInputs<B>);

/** A checked `Target`, defaults filled in. */
export interface CheckedTarget<B extends Buffer> {
  readonly parameters: B;
  readonly base: B | undefined;
  /** Whether the base has weights of its own. */
  readonly weighted: boolean;
  /** 1 without a base. */
  readonly beta: number | B;
  /** A mask a layer, where units of it are clamped. */
  readonly clamp: readonly (B | undefined)[];
  /** All buffers of it but the live parameters: what has to be there before the operation. */
  readonly buffers: readonly B[];
}

/**
 * For those who write a backend: checks the buffers that a program's operations are given, so that what is wrong with a call
 * throws before anything is done.
 */
export class Operands<B extends Buffer> {
  readonly #model: EnergyModel;
  readonly #own: (buffer: Buffer) => B;
  #plain: CheckedTarget<B> | undefined;

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

  /**
   * A target as its parts, for an operation on some rows.
   *
   * @param live The program's live parameters.
   * @throws RbmError `SHAPE_MISMATCH`; `ARGUMENT_INVALID` for an inverse temperature that is not finite, or one without a base.
   */
  target(target: Target | undefined, rows: number, live: Buffer): CheckedTarget<B> {
    if (!target) {
      // The usual case: made once.
      this.#plain ??= { parameters: live as B, base: undefined, weighted: false, beta: 1, clamp: [], buffers: [] };
      this.#own(live);
      return this.#plain;
    }
    const { parameters, base, beta, clamp } = target;
    if ((base === undefined) !== (beta === undefined)) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        'A target has `base` without `beta`, or `beta` without `base`; expected both.',
      );
    }
    if (typeof beta === 'number' && !Number.isFinite(beta)) {
      throw new RbmError('ARGUMENT_INVALID', `The inverse temperature is ${beta}; expected a finite number.`);
    }
    const other = parameters && this.parameterLike(parameters);
    const from = base && this.#base(base);
    const betas = typeof beta === 'object' ? this.rows(beta, rows) : undefined;
    const masks = clamp ? this.#masks(clamp, rows) : [];
    return {
      parameters: other ?? this.#own(live),
      base: from,
      weighted: from?.spec.holds === 'parameters',
      beta: betas ?? (beta as number | undefined) ?? 1,
      clamp: masks,
      buffers: [other, from, betas, ...masks].filter((buffer) => buffer !== undefined),
    };
  }

  /**
   * Inputs of a layer at a target.
   *
   * @throws RbmError `SHAPE_MISMATCH`; `ARGUMENT_INVALID` if what a base with weights sends is missing, or given where there is
   * none.
   */
  inputs(inputs: Buffer | Inputs, layer: number, rows: number, weighted: boolean): CheckedInputs<B> {
    const given: Inputs = 'inputs' in inputs ? inputs : { inputs };
    if ((given.base !== undefined) !== weighted) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        weighted
          ? `The target's base has weights; expected { inputs, base } for layer "${this.#model.names[layer]}". Use affine at the base.`
          : `Inputs from a base are given for layer "${this.#model.names[layer]}", but the target has no base with weights.`,
      );
    }
    return {
      buffer: this.units(given.inputs, layer, rows, 'inputs'),
      base: given.base && this.units(given.base, layer, rows, 'inputs'),
    };
  }

  /**
   * @param weighted Whether the operation is at a target whose base has weights.
   * @throws RbmError `SHAPE_MISMATCH` unless there is an entry a layer, all of the same number of rows; as `inputs`.
   */
  assignment(
    assignment: Assignment,
    weighted = false,
  ): { readonly entries: readonly CheckedEntry<B>[]; readonly rows: number } {
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
      return { holds: 'inputs', ...this.inputs(entry, l, rows, weighted) };
    });
    return { entries, rows };
  }

  /** @throws RbmError `UNSUPPORTED` if a layer that is summed out has clamped units. */
  checkSummedOut(entries: readonly CheckedEntry<B>[], { clamp }: CheckedTarget<B>): void {
    const layer = entries.findIndex(({ holds }, l) => holds === 'inputs' && clamp[l]);
    if (layer < 0) return;
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${this.#model.names[layer]}" has clamped units and is given by its inputs; expected its values.`,
    );
  }

  #base(base: Buffer): B {
    if (base.spec.holds !== 'layerParameters') return this.parameterLike(base);
    if (base.length !== layerParametersLength(this.#model)) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `The base has ${base.length} numbers; expected the parameters of all layers.`,
      );
    }
    return this.#own(base);
  }

  #masks(clamp: readonly (Buffer | undefined)[], rows: number): (B | undefined)[] {
    if (clamp.length !== this.#model.layers.length) {
      throw new RbmError('SHAPE_MISMATCH', `A clamp needs an entry for each of ${this.#model.layers.length} layers.`);
    }
    return clamp.map((mask, l) => {
      if (!mask) return undefined;
      const { spec } = mask;
      const fits = spec.holds === 'mask' && spec.layer === l && (spec.rows === 1 || spec.rows === rows);
      if (!fits || mask.length !== spec.rows * this.layer(l).units) {
        throw new RbmError(
          'SHAPE_MISMATCH',
          `The clamp of layer "${this.#model.names[l]}" is ${JSON.stringify(spec)}; expected a mask of it with 1 or ${rows} rows.`,
        );
      }
      return this.#own(mask);
    });
  }
}

/** How many rows a buffer has. @throws RbmError `SHAPE_MISMATCH` for one without rows. */
export function rowsOf(buffer: Buffer | undefined): number {
  if (!buffer || !('rows' in buffer.spec)) {
    throw new RbmError('SHAPE_MISMATCH', `A buffer with rows was expected, not one of ${buffer?.spec.holds}.`);
  }
  return buffer.spec.rows;
}
