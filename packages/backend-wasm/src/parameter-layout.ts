import type { EnergyModel, ParameterArray } from '@rbm/core';

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
}

export function parameterLayout(model: EnergyModel): ParameterLayout {
  const { layout } = model;
  let at = 0;
  const arrays = layout.arrays.map((array): StoredArray => {
    const dense = model.interactions.some(({ name, kind }) => name === array.name && kind === 'dense');
    const rows = array.interaction && dense ? (array.shape[0] as number) : 1;
    const columns = array.length / rows;
    const panels = Math.ceil(columns / 32);
    const paddedRows = rows === 1 && !(array.interaction && dense) ? 1 : 32 * Math.ceil(rows / 32);
    const stored = { array, at, rows, columns, paddedRows, panels };
    at += panels * paddedRows * 128;
    return stored;
  });
  const storedAt = (start: number): StoredArray =>
    arrays.find(({ array }) => array.offset === start && array.length > 0) as StoredArray;
  return {
    length: layout.length,
    bytes: at,
    arrays,
    layers: layout.layers.map(({ start }) => storedAt(start).at),
    interactions: layout.interactions.map(({ start }) => storedAt(start)),
  };
}
