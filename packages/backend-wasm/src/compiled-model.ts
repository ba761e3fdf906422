import type { EnergyModel } from '@rbm/core';
import { type CheckedTarget, isPairwise, type Layer, rowLength } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { Engine, Run } from './engine.js';
import type { Graph } from './graph.js';
import type { Block } from './heap.js';
import { BERNOULLI, BINOMIAL, FILL, GAUSSIAN, GRAPH_INPUTS, MIX_INPUTS, POTTS, RELU, SPIN } from './opcodes.js';
import type { ParameterLayout, StoredArray } from './parameter-layout.js';
import type { ParameterSet, ParameterSets } from './parameter-sets.js';
import { enqueueProduct, factorOf, type Matrix } from './products.js';
import type { Workspace } from './workspace.js';

/** Kinds of layers with kernels of their own. */
export const nativeLayers: Readonly<Record<string, number>> = {
  bernoulli: BERNOULLI,
  spin: SPIN,
  gaussian: GAUSSIAN,
  potts: POTTS,
  binomial: BINOMIAL,
  relu: RELU,
};

/** A target as operations take it. */
export type At = CheckedTarget<WasmBuffer>;

/** Operands that say which parameters make a conditional distribution; `betas` is 0 where one β serves all rows. */
export type Conditional = readonly [theta: number, base: number, beta: number, betas: number];

/** Inputs as operands: the address, and 1 where they are at the target's β already. */
export type Received = readonly [inputs: number, mixed: 0 | 1];

/** A model as the operations of its program see it: where everything lies, and how commands are enqueued. */
export class CompiledModel {
  readonly model: EnergyModel;
  readonly layout: ParameterLayout;
  /** The interactions as a graph, unless all are dense and all blocks consist of whole layers. */
  readonly graph: Graph | undefined;
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly sets: ParameterSets;
  readonly run: Run;
  /** First unit of each layer, numbered across the model. */
  readonly unitOffsets: readonly number[];
  /** Memory of the operation that is being enqueued. */
  readonly #tables: Block[] = [];

  constructor(parts: {
    model: EnergyModel;
    layout: ParameterLayout;
    graph: Graph | undefined;
    engine: Engine;
    workspace: Workspace;
    sets: ParameterSets;
    run: Run;
  }) {
    this.model = parts.model;
    this.layout = parts.layout;
    this.graph = parts.graph;
    this.engine = parts.engine;
    this.workspace = parts.workspace;
    this.sets = parts.sets;
    this.run = parts.run;
    const { layers } = parts.model;
    this.unitOffsets = layers.map((_, l) => layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
  }

  hasKernels(layer: number): boolean {
    return (this.model.layers[layer] as Layer).kind in nativeLayers;
  }

  /** Kind, rows, numbers a row and categories or trials of a layer, as operands of a command. */
  layerOperands(layer: number, rows: number): readonly [number, number, number, number] {
    const found = this.model.layers[layer] as Layer;
    return [nativeLayers[found.kind] as number, rows, rowLength(found), found.settings.trials ?? found.width];
  }

  /** Memory for the threads to work on rows of units with categories. */
  room(): number {
    const most = Math.max(0, ...this.model.layers.map((l) => (l.kind === 'potts' ? panelsOf(rowLength(l)) : 0)));
    return most === 0 ? 0 : this.workspace.take('room', this.engine.threads * (128 * most + 128));
  }

  /** The parameters of a layer at a target. */
  conditional(layer: number, { parameters, base, beta }: At): Conditional {
    const at = this.layout.layers[layer] as number;
    const theta = parameters.address + at;
    if (!base) return [theta, theta, 1, 0];
    return typeof beta === 'number' ? [theta, base.address + at, beta, 0] : [theta, base.address + at, 1, beta.address];
  }

  /** The parameters of a layer in a set, without a base. */
  conditionalOf(layer: number, set: ParameterSet): Conditional {
    const theta = set.parameters + (this.layout.layers[layer] as number);
    return [theta, theta, 1, 0];
  }

  /** Inputs at a target: those from a base with weights are mixed in. */
  received(layer: number, rows: number, inputs: number, base: number | undefined, at: At): Received {
    if (base === undefined) return [inputs, 0];
    const panels = panelsOf(rowLength(this.model.layers[layer] as Layer));
    const mixed = this.workspace.take('mixed inputs', rows * panels * 128);
    const [, , beta, betas] = this.conditional(layer, at);
    this.run(MIX_INPUTS, rows, panels, inputs, base, beta, betas, mixed);
    return [mixed, 1];
  }

  /** What the values of layer `from` are multiplied by to be sent through an interaction. */
  matrix(interaction: number, toSecond: boolean, set: ParameterSet): Matrix {
    const { at, panels, paddedRows } = this.layout.interactions[interaction] as StoredArray;
    if (toSecond) return { address: set.parameters + at, stride: paddedRows / 32, panels };
    return { address: set.transposed[interaction] as number, stride: panels, panels: paddedRows / 32 };
  }

  /** Enqueues `out ← Σ W x` for a layer. */
  affine(
    layer: number,
    values: readonly (WasmBuffer | undefined)[],
    out: number,
    rows: number,
    set: ParameterSet,
  ): void {
    const { graph, run } = this;
    const columns = rowLength(this.model.layers[layer] as Layer);
    const dense = this.model.interactions
      .filter(isPairwise)
      .every(({ kind, between }) => kind === 'dense' || !between.includes(layer));
    if (graph && !dense) {
      const table = this.table(graph.table(values));
      const target = [graph.firstPanels[layer] as number, columns, out];
      const room = this.workspace.take('rows of the graph', this.engine.threads * graph.panels * 512);
      run(GRAPH_INPUTS, table, graph.panels, rows, ...graph.operands, set.neighbourWeights, ...target, room);
      return;
    }
    let accumulate = false;
    this.model.interactions.forEach((interaction, n) => {
      if (!isPairwise(interaction)) return; // Added on the host.
      const [a, b] = interaction.between;
      if (layer !== a && layer !== b) return;
      const sender = values[layer === b ? a : b] as WasmBuffer;
      const matrix = this.matrix(n, layer === b, set);
      enqueueProduct(run, this.workspace, factorOf(sender), matrix, out, accumulate);
      accumulate = true;
    });
    if (!accumulate) run(FILL, out, rows * panelsOf(columns) * 128);
  }

  /** Keeps memory until the operation is enqueued. @returns Its address. */
  table(block: Block): number {
    this.#tables.push(block);
    return block.address;
  }

  /** Gives the memory of an operation back when it is done. */
  releaseTables(): void {
    for (const block of this.#tables.splice(0)) this.engine.release(block);
  }
}
