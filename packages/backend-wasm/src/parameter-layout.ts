import type { EnergyModel } from '@rbm/core';
import type { ParameterArray } from '@rbm/core/contracts';

/**
 * One array of parameters in memory: panels of 32 columns, filled up with zeros. Weights of dense interactions are
 * matrices of `[a, b]` numbers whose rows are filled up to a multiple of 32 too; everything else is one row.
 */
export interface StoredArray {
  readonly array: ParameterArray;
  /** Bytes from the start of the buffer. */
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly paddedRows: number;
  readonly panels: number;
}

/** Where each parameter lies in a buffer of parameters. */
export interface ParameterLayout {
  /** How many parameters there are. */
  readonly length: number;
  readonly bytes: number;
  readonly arrays: readonly StoredArray[];
  /** Bytes from the start of the buffer to each layer's parameters. */
  readonly layers: readonly number[];
  /** The weights of each interaction. */
  readonly interactions: readonly StoredArray[];
  /** Bytes from the start of the live parameters to the transposed weights of each interaction, if it is dense. */
  readonly transposed: readonly number[];
  /** Bytes of the live parameters, transposes included. */
  readonly liveBytes: number;
}

export function parameterLayout(model: EnergyModel): ParameterLayout {
  const { layout } = model;
  const dense = new Set(model.interactions.flatMap(({ name, kind }) => (kind === 'dense' ? [name] : [])));
  let bytes = 0;
  const arrays = layout.arrays.map((array): StoredArray => {
    const matrix = array.interaction && dense.has(array.name);
    const rows = matrix ? (array.shape[0] as number) : 1;
    const columns = array.length / rows;
    const panels = Math.ceil(columns / 32);
    const paddedRows = matrix ? 32 * Math.ceil(rows / 32) : 1;
    const stored = { array, at: bytes, rows, columns, paddedRows, panels };
    bytes += panels * paddedRows * 128;
    return stored;
  });
  const storedAt = (start: number): StoredArray => arrays.find(({ array }) => array.offset === start) as StoredArray;
  const interactions = layout.interactions.map(({ start }) => storedAt(start));
  let liveBytes = bytes;
  const transposed = interactions.map(({ panels, paddedRows }, n) => {
    const at = liveBytes;
    if (model.interactions[n]?.kind === 'dense') liveBytes += panels * paddedRows * 128;
    return at;
  });
  const layers = layout.layers.map(({ start }) => storedAt(start).at);
  return { length: layout.length, bytes, arrays, layers, interactions, transposed, liveBytes };
}
