import { type EnergyModel, rowLength } from '@rbm/core';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { Engine } from './engine.js';
import {
  ADD_ROWS,
  CLEAR_ROWS,
  EXPAND,
  EXPECTED,
  FILL,
  FLOATS,
  POTTS,
  SIGNS,
  TRANSPOSE_BITS,
  TRANSPOSE_FLOATS,
  TRANSPOSE_WEIGHTS,
  VALUE_STATISTICS,
} from './opcodes.js';
import type { Entry } from './operands.js';
import type { ParameterLayout, StoredArray } from './parameter-layout.js';
import { enqueueProduct, type Factor } from './products.js';
import type { Workspace } from './workspace.js';

/** A term of a sum of statistics whose buffers were checked. */
export interface Term {
  readonly entries: readonly Entry[];
  readonly rows: number;
  readonly scale: number;
  readonly weights: WasmBuffer | undefined;
  /** Where its rows begin among those of all terms, a multiple of 32. */
  readonly firstRow: number;
}

/** What is needed to know of a program. */
interface Described {
  readonly model: EnergyModel;
  readonly layout: ParameterLayout;
  readonly parameters: WasmBuffer;
  layerOperands(layer: number, rows: number): readonly [kind: number, rows: number, columns: number, width: number];
  room(): number;
}

/**
 * Enqueues the statistics of all terms at once: their rows stand below one another, each times its scale, so that the
 * statistics of an interaction are one product: the transposed values of one side with the scaled rows of the other.
 *
 * @returns `false`, with nothing enqueued, if the terms of an interaction have no side that all of them give by values.
 */
export function enqueueStatistics(
  run: Engine['run'],
  workspace: Workspace,
  program: Described,
  out: WasmBuffer,
  terms: readonly Term[],
): boolean {
  const { model, layout } = program;
  const sides = model.interactions.map(({ between }) =>
    between.find((layer) => terms.every(({ entries }) => entries[layer]?.holds === 'values')),
  );
  if (sides.includes(undefined)) return false;
  const rows = terms.reduce((sum, term) => sum + 32 * panelsOf(term.rows), 0);
  run(FILL, out.address, layout.bytes);
  const scaled = model.layers.map((layer, l) => {
    const needed = model.interactions.some(({ between }, n) => between.includes(l) && sides[n] !== l);
    const target = workspace.take(`scaled rows of layer ${l}`, rows * panelsOf(rowLength(layer)) * 128);
    for (const term of terms) enqueueLayer(run, program, l, term, out, target, rows, needed);
    return target;
  });
  model.interactions.forEach(({ between: [a, b] }, n) => {
    const stored = layout.interactions[n] as StoredArray;
    const first = sides[n] === a;
    const matrix = scaled[first ? b : a] as number;
    const { panels, paddedRows } = stored;
    if (first) {
      enqueueInteraction(run, workspace, terms, a, matrix, rows, panels, out.address + stored.at);
      return;
    }
    const transposed = workspace.take('transposed statistics', panels * paddedRows * 128);
    enqueueInteraction(run, workspace, terms, b, matrix, rows, paddedRows / 32, transposed);
    run(TRANSPOSE_WEIGHTS, transposed, paddedRows / 32, panels, out.address + stored.at);
  });
  return true;
}

/** The statistics of a layer's own parameters; its rows, scaled, to `target` if they are needed. */
function enqueueLayer(
  run: Engine['run'],
  program: Described,
  layer: number,
  term: Term,
  out: WasmBuffer,
  target: number,
  targetRows: number,
  needed: boolean,
): void {
  const { rows, scale, firstRow } = term;
  const { holds, buffer } = term.entries[layer] as Entry;
  const weights = term.weights?.address ?? 0;
  const own = program.layout.layers[layer] as number;
  const gradient = out.address + own;
  const [kind, , columns] = program.layerOperands(layer, rows);
  if (holds === 'inputs') {
    const place = [target, targetRows, firstRow, gradient, program.room()];
    const theta = program.parameters.address + own;
    run(EXPECTED, ...program.layerOperands(layer, rows), buffer.address, theta, scale, weights, ...place);
    if (kind === POTTS) run(ADD_ROWS, rows, columns, target, targetRows, firstRow, gradient);
    return;
  }
  const storage = buffer.shape.storage as number;
  run(VALUE_STATISTICS, kind, storage, rows, columns, buffer.address, scale, weights, gradient);
  if (needed) run(EXPAND, storage, rows, columns, buffer.address, scale, weights, target, targetRows, firstRow, 1);
}

/**
 * The product of the transposed values of a layer with the scaled rows of another, to `out`: `[panels][units][32]`.
 *
 * @param rows Of all terms.
 */
function enqueueInteraction(
  run: Engine['run'],
  workspace: Workspace,
  terms: readonly Term[],
  layer: number,
  matrix: number,
  rows: number,
  panels: number,
  out: number,
): void {
  let accumulate = false;
  for (const group of groupsOf(terms, layer)) {
    const [first] = group as [Term, ...Term[]];
    const { storage, columns } = valuesOf(first, layer).shape;
    const units = 32 * panelsOf(columns);
    const words = group.reduce((sum, term) => sum + panelsOf(term.rows), 0);
    const floats = storage === FLOATS;
    const bytes = units * (floats ? 128 : 4);
    const address = workspace.take('transposed values', words * bytes);
    for (const term of group) {
      const to = address + ((term.firstRow - first.firstRow) / 32) * bytes;
      run(floats ? TRANSPOSE_FLOATS : TRANSPOSE_BITS, valuesOf(term, layer).address, term.rows, panelsOf(columns), to);
    }
    const factor: Factor = { storage: storage as Factor['storage'], address, rows: units, words };
    const rowsOfGroup = { address: matrix + first.firstRow * 128, stride: rows / 32, panels };
    enqueueProduct(run, workspace, factor, rowsOfGroup, out, accumulate);
    // Bits that stand for no unit count as −1.
    if (storage === SIGNS && columns < units) run(CLEAR_ROWS, out, panels, units, columns);
    accumulate = true;
  }
}

/** Runs of terms that store a layer's values alike. */
function groupsOf(terms: readonly Term[], layer: number): Term[][] {
  const groups: Term[][] = [];
  for (const term of terms) {
    const last = groups.at(-1);
    if (last && valuesOf(last[0] as Term, layer).shape.storage === valuesOf(term, layer).shape.storage) last.push(term);
    else groups.push([term]);
  }
  return groups;
}

function valuesOf(term: Term, layer: number): WasmBuffer {
  return (term.entries[layer] as Entry).buffer;
}
