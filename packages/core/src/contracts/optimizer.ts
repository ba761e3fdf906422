import type { Layout } from '../models/layout.js';
import type { EnergyModel } from '../models/model.js';

/** What one step of an optimizer needs beside its arrays. */
export interface UpdateSettings {
  /** The learning rate of this step. */
  readonly rate: number;
  /** How many steps came before. */
  readonly step: number;
}

/**
 * A rule that moves parameters against a gradient of the cost. It keeps no state of its own: what it remembers lives
 * in `slots`, arrays laid out like the parameters, which whoever runs it owns, saves and restores.
 */
export interface Optimizer {
  readonly specVersion: 1;
  /**
   * What run files and backends call it: `sgd`; `vendor/name` for a third party's. The kinds of the toolkit are defined by
   * `builtInOptimizer`.
   */
  readonly kind: string;
  /** Its settings: plain numbers, for run files and for a backend's native path. */
  readonly settings: Readonly<Record<string, number>>;
  /** The names of its arrays. */
  readonly slots: readonly string[];
  /**
   * The arrays it starts from, one per slot.
   *
   * @throws RbmError for a model that it cannot optimize.
   */
  init(model: EnergyModel): Float64Array[];
  /**
   * One step in place. All arrays are laid out by `layout`; constraints are projected afterwards by the caller. The
   * gradient may be overwritten.
   */
  update(
    gradient: Float64Array,
    slots: readonly Float64Array[],
    parameters: Float64Array,
    settings: UpdateSettings,
    layout: Layout,
  ): void;
}

/** Moves every parameter below its minimum onto it. */
export function projectConstraints(parameters: Float64Array, layout: Layout): void {
  for (const { offset, length, minimum } of layout.arrays) {
    if (minimum === Number.NEGATIVE_INFINITY) continue;
    for (let i = offset; i < offset + length; i++) {
      if ((parameters[i] as number) < minimum) parameters[i] = minimum;
    }
  }
}
