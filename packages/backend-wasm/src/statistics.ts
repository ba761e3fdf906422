import type { EnergyModel } from '@rbm/core';
import { type CheckedEntry, type CheckedTerm, rowLength } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { Run } from './engine.js';
import type { Graph, StoredEdges } from './graph.js';
import {
  ADD_ROWS,
  BITS,
  CLEAR_ROWS,
  EDGE_STATISTICS,
  EXPAND,
  EXPECTED,
  FILL,
  FLOATS,
  MEAN,
  POTTS,
  SIGNS,
  TRANSPOSE_BITS,
  TRANSPOSE_FLOATS,
  TRANSPOSE_WEIGHTS,
  VALUE_STATISTICS,
} from './opcodes.js';
import type { ParameterLayout, StoredArray } from './parameter-layout.js';
import { enqueueProduct, type Factor } from './products.js';
import type { Workspace } from './workspace.js';

/** Stands for the side of an interaction that is a list of edges. */
const NO_SIDE = -1;

type Term = CheckedTerm<WasmBuffer>;

/** Where the rows of a term stand among those of all: `first`, `first + step`, …; up to `end` there are none of others. */
interface Place {
  readonly first: number;
  readonly step: number;
  readonly end: number;
}

/** What is needed to know of a program. */
interface Described {
  readonly model: EnergyModel;
  readonly layout: ParameterLayout;
  hasKernels(layer: number): boolean;
  layerOperands(layer: number, rows: number): readonly [kind: number, rows: number, columns: number, width: number];
  readonly graph: Graph | undefined;
  room(): number;
}

/**
 * Enqueues the statistics of all terms at once: their rows stand below one another, each times its scale, so that the
 * statistics of an interaction are one product: the transposed values of one side with the scaled rows of the other.
 *
 * @param parameters Address of the parameters at which the derivative is taken.
 * @param terms Layers without kernels by their values or means; the statistics of their own parameters become zero.
 * @returns `false`, with nothing enqueued, if the terms of an interaction have no side that all of them give by values.
 */
export function enqueueStatistics(
  run: Run,
  workspace: Workspace,
  program: Described,
  parameters: number,
  out: WasmBuffer,
  terms: readonly Term[],
): boolean {
  const { model, layout } = program;
  // Of the edges of a graph, both sides are made floats.
  const sides = model.interactions.map(({ kind, between }) =>
    kind === 'dense'
      ? between.find((layer) => terms.every(({ entries }) => entries[layer]?.holds === 'values'))
      : NO_SIDE,
  );
  if (sides.includes(undefined)) return false;
  const alternating = alternate(
    terms,
    (sides as number[]).filter((side) => side !== NO_SIDE),
  );
  const places = alternating ? alternatingPlaces(terms) : consecutivePlaces(terms);
  const rows = (places.at(-1) as Place).end;
  // Products overwrite; the rest is added to.
  const ownBytes = program.graph ? layout.bytes : (layout.interactions[0]?.at ?? layout.bytes);
  run(FILL, out.address, ownBytes);
  const scaled = model.layers.map((layer, l) => {
    const needed = model.interactions.some(
      ({ between }, n) => between.includes(l) && sides[n] !== l && sides[n] !== NO_SIDE,
    );
    const written = needed || terms.some(({ entries }) => entries[l]?.holds === 'inputs');
    const bytes = written ? rows * panelsOf(rowLength(layer)) * 128 : 0;
    const target = workspace.take(`scaled rows of layer ${l}`, bytes);
    terms.forEach((term, t) => {
      enqueueLayer(run, program, parameters, l, term, places[t] as Place, out, target, rows, needed);
    });
    return target;
  });
  const enqueue = alternating ? enqueueAlternating : enqueueInteraction;
  model.interactions.forEach(({ between: [a, b] }, n) => {
    const stored = layout.interactions[n] as StoredArray;
    const edges = program.graph?.edges[n];
    if (edges) {
      for (const term of terms)
        enqueueEdges(run, workspace, program, parameters, term, [a, b], edges, out.address + stored.at);
      return;
    }
    const first = sides[n] === a;
    const matrix = { address: scaled[first ? b : a] as number, rows };
    const { panels, paddedRows } = stored;
    if (first) {
      enqueue(run, workspace, terms, a, { ...matrix, panels }, out.address + stored.at);
      return;
    }
    const transposed = workspace.take('transposed statistics', panels * paddedRows * 128);
    enqueue(run, workspace, terms, b, { ...matrix, panels: paddedRows / 32 }, transposed);
    run(TRANSPOSE_WEIGHTS, transposed, paddedRows / 32, panels, out.address + stored.at);
  });
  return true;
}

/**
 * Whether the rows of two terms can alternate: row n of one beside row n of the other. Where the second is what became of
 * the first, as in contrastive divergence, most bits are set in both or in neither, and a product adds such a pair at once.
 */
function alternate(terms: readonly Term[], sides: readonly number[]): boolean {
  const [first, second] = terms;
  if (terms.length !== 2 || !first || !second || first.rows !== second.rows) return false;
  return sides.every((side) => terms.every((term) => valuesOf(term, side).shape.storage === BITS));
}

function alternatingPlaces(terms: readonly Term[]): Place[] {
  const end = 32 * panelsOf(2 * (terms[0] as Term).rows);
  return [
    { first: 0, step: 2, end },
    { first: 1, step: 2, end },
  ];
}

/** One term after the other, each filled up to a multiple of 32 rows. */
function consecutivePlaces(terms: readonly Term[]): Place[] {
  let end = 0;
  return terms.map(({ rows }) => {
    const first = end;
    end += 32 * panelsOf(rows);
    return { first, step: 1, end };
  });
}

/** The statistics of a layer's own parameters, if it has kernels; its rows, scaled, to `target` if they are needed. */
function enqueueLayer(
  run: Run,
  program: Described,
  parameters: number,
  layer: number,
  term: Term,
  { first, step, end }: Place,
  out: WasmBuffer,
  target: number,
  targetRows: number,
  needed: boolean,
): void {
  const { rows, scale } = term;
  const { holds, buffer } = term.entries[layer] as CheckedEntry<WasmBuffer>;
  const weights = term.weights?.address ?? 0;
  const own = program.layout.layers[layer] as number;
  const gradient = out.address + own;
  const [kind, , columns] = program.layerOperands(layer, rows);
  if (holds === 'inputs') {
    const place = [target, targetRows, first, step, end, gradient, program.room()];
    const theta = parameters + own;
    run(EXPECTED, ...program.layerOperands(layer, rows), buffer.address, theta, scale, weights, ...place);
    if (kind === POTTS) run(ADD_ROWS, rows, columns, target, targetRows, first, step, gradient);
    return;
  }
  const storage = buffer.shape.storage as number;
  if (program.hasKernels(layer)) {
    run(VALUE_STATISTICS, kind, storage, rows, columns, buffer.address, scale, weights, gradient);
  }
  if (needed) run(EXPAND, storage, rows, columns, buffer.address, scale, weights, target, targetRows, first, step, end);
}

/** The statistics of the edges of a graph for one term: both sides as floats, rows and columns exchanged. */
function enqueueEdges(
  run: Run,
  workspace: Workspace,
  program: Described,
  parameters: number,
  { entries, rows, scale, weights }: Term,
  between: readonly [number, number],
  edges: StoredEdges,
  out: number,
): void {
  const sides = between.flatMap((layer, side) => {
    const { holds, buffer } = entries[layer] as CheckedEntry<WasmBuffer>;
    const { columns } = buffer.shape;
    const panels = panelsOf(columns);
    const bytes = rows * panels * 128;
    let [storage, address] = [buffer.shape.storage as number, buffer.address];
    if (holds === 'inputs') {
      const theta = parameters + (program.layout.layers[layer] as number);
      address = workspace.take('means of edges', bytes);
      run(MEAN, ...program.layerOperands(layer, rows), buffer.address, theta, theta, 1, 0, address, program.room(), 0);
      storage = FLOATS;
    }
    const floats = workspace.take('floats of edges', bytes);
    const scaled = side === 0 ? [1, 0] : [scale, weights?.address ?? 0];
    run(EXPAND, storage, rows, columns, address, ...scaled, floats, rows, 0, 1, 0);
    const exchanged = workspace.take(`exchanged side ${side} of edges`, panelsOf(rows) * panels * 4096);
    run(TRANSPOSE_FLOATS, floats, rows, panels, exchanged);
    return [exchanged, 32 * panels];
  });
  run(EDGE_STATISTICS, edges.a, edges.b, edges.count, ...sides, panelsOf(rows), out);
}

/** Scaled rows of all terms. */
interface ScaledRows {
  readonly address: number;
  readonly rows: number;
  readonly panels: number;
}

/**
 * The product of the transposed values of a layer with the scaled rows of another, to `out`: `[panels][units][32]`. The
 * terms' rows follow one another.
 */
function enqueueInteraction(
  run: Run,
  workspace: Workspace,
  terms: readonly Term[],
  layer: number,
  scaled: ScaledRows,
  out: number,
): void {
  let firstWord = 0;
  for (const group of groupsOf(terms, layer)) {
    const { storage, columns } = valuesOf(group[0] as Term, layer).shape;
    const units = 32 * panelsOf(columns);
    const words = group.reduce((sum, term) => sum + panelsOf(term.rows), 0);
    const floats = storage === FLOATS;
    const bytes = units * (floats ? 128 : 4);
    const address = workspace.take('transposed values', words * bytes);
    let at = address;
    for (const term of group) {
      run(
        floats ? TRANSPOSE_FLOATS : TRANSPOSE_BITS,
        valuesOf(term, layer).address,
        term.rows,
        panelsOf(columns),
        at,
        0,
      );
      at += panelsOf(term.rows) * bytes;
    }
    const factor: Factor = { storage: storage as Factor['storage'], address, rows: units, words };
    const matrix = { address: scaled.address + firstWord * 4096, stride: scaled.rows / 32, panels: scaled.panels };
    enqueueProduct(run, workspace, factor, matrix, out, firstWord > 0);
    // Bits that stand for no unit count as −1.
    if (storage === SIGNS && columns < units) run(CLEAR_ROWS, out, scaled.panels, units, columns);
    firstWord += words;
  }
}

/** The same where the rows of two terms alternate. */
function enqueueAlternating(
  run: Run,
  workspace: Workspace,
  terms: readonly Term[],
  layer: number,
  scaled: ScaledRows,
  out: number,
): void {
  const [first, second] = terms.map((term) => valuesOf(term, layer)) as [WasmBuffer, WasmBuffer];
  const panels = panelsOf(first.shape.columns);
  const words = scaled.rows / 32;
  const address = workspace.take('transposed values', words * panels * 128);
  run(TRANSPOSE_BITS, first.address, first.shape.rows, panels, address, second.address);
  const factor: Factor = { storage: BITS, address, rows: 32 * panels, words };
  enqueueProduct(run, workspace, factor, { ...scaled, stride: words }, out, false);
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
  return (term.entries[layer] as CheckedEntry<WasmBuffer>).buffer;
}
