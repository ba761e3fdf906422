import type { EnergyModel } from '@rbm/core';
import { type Entries, type Interaction, isPairwise, type Layer, listEntries, rowLength } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { Engine } from './engine.js';
import type { Block } from './heap.js';
import { GATHER_WEIGHTS } from './opcodes.js';
import type { ParameterLayout, StoredArray } from './parameter-layout.js';

/** Edges of one interaction in memory. */
export interface StoredEdges {
  readonly a: number;
  readonly b: number;
  readonly count: number;
}

/** What a table says of one panel, beside the values: see `assembly/graph.ts`. */
export interface PanelParameters {
  readonly theta: number;
  readonly base: number;
  readonly firstUnit: number;
  readonly kind: number;
  /** Clamped units. */
  readonly mask: WasmBuffer | undefined;
}

const TABLE_ENTRY_BYTES = 40;

const noEntries: Entries = { a: new Uint32Array(), b: new Uint32Array() };

/**
 * The interactions of a model as one graph over the numbers of all layers, for the kernels of `assembly/graph.ts`: which
 * number is coupled to which, and by which parameter. Numbers are counted through the panels of all layers.
 */
export class Graph {
  readonly panels: number;
  /** The first panel of each layer. */
  readonly firstPanels: readonly number[];
  /** Operands: where the neighbours of each number start, and which they are. Their weights come next. */
  readonly operands: readonly [start: number, other: number];
  /** How many weights the neighbours have: each parameter twice, once for each end. */
  readonly count: number;
  /** Edges of each interaction that is not dense. */
  readonly edges: readonly (StoredEdges | undefined)[];
  /** The numbers in the order of a sweep: where they are, and how many. */
  readonly order: readonly [address: number, count: number];
  readonly #engine: Engine;
  readonly #layers: readonly Layer[];
  readonly #blocks: Block[] = [];
  readonly #positions: number;

  constructor(model: EnergyModel, layout: ParameterLayout, engine: Engine) {
    this.#engine = engine;
    this.#layers = model.layers;
    let panels = 0;
    this.firstPanels = model.layers.map((layer) => {
      panels += panelsOf(rowLength(layer));
      return panels - panelsOf(rowLength(layer));
    });
    this.panels = panels;
    // Those of third parties run on the host.
    const listed = model.interactions.map((interaction) =>
      isPairwise(interaction) ? listEntries(interaction, model.layers) : noEntries,
    );
    const { start, other, positions } = this.#neighbours(model, layout, listed);
    this.count = other.length;
    this.#positions = this.#store(positions);
    this.operands = [this.#store(start), this.#store(other)];
    this.edges = listed.map(({ a, b }, n) =>
      model.interactions[n]?.kind === 'dense' ? undefined : { a: this.#store(a), b: this.#store(b), count: a.length },
    );
    const order = model.blocks.flatMap((block) =>
      block.flatMap(({ layer, units }) => {
        const first = 32 * (this.firstPanels[layer] as number);
        const { units: all } = model.layers[layer] as Layer;
        return Array.from(units ?? { length: all }, (unit, i) => first + (units ? unit : i));
      }),
    );
    this.order = [this.#store(Uint32Array.from(order)), order.length];
  }

  /** The command that gathers the weights of the neighbours from parameters; both by their addresses. */
  gather(parameters: number, weights: number): number[] {
    return [GATHER_WEIGHTS, this.#positions, this.count, parameters, weights];
  }

  /**
   * Describes the panels of all layers for one operation. The caller releases it.
   *
   * @param values Of each layer; zeros where absent.
   */
  table(values: readonly (WasmBuffer | undefined)[], parameters?: readonly PanelParameters[]): Block {
    const block = this.#engine.heap.allocate(this.panels * TABLE_ENTRY_BYTES);
    const words = new Uint32Array(this.#engine.heap.memory.buffer, block.address, this.panels * 10);
    words.fill(0);
    this.#layers.forEach((layer, l) => {
      const columns = rowLength(layer);
      const buffer = values[l];
      const own = parameters?.[l];
      for (let panel = 0; panel < panelsOf(columns); panel++) {
        const at = 10 * ((this.firstPanels[l] as number) + panel);
        words[at + 2] = Math.min(32, columns - 32 * panel);
        if (buffer) {
          words[at] = buffer.address + (panel * buffer.shape.bytes) / panelsOf(columns);
          words[at + 1] = buffer.shape.storage as number;
        }
        if (!own) continue;
        words[at + 3] = own.theta + 128 * panel;
        words[at + 4] = own.base + 128 * panel;
        words[at + 5] = own.firstUnit + 32 * panel;
        words[at + 6] = own.kind;
        if (!own.mask) continue;
        const { rows } = own.mask.shape;
        words[at + 7] = own.mask.address + 4 * rows * panel;
        words[at + 8] = rows;
      }
    });
    return block;
  }

  dispose(): void {
    for (const block of this.#blocks) this.#engine.release(block);
  }

  /** Each number's neighbours, with where their weights are among the parameters. An edge is listed at both of its ends. */
  #neighbours(
    model: EnergyModel,
    layout: ParameterLayout,
    listed: readonly Entries[],
  ): { start: Uint32Array; other: Uint32Array; positions: Uint32Array } {
    const start = new Uint32Array(32 * this.panels + 1);
    const each = (visit: (from: number, to: number, position: number) => void): void => {
      listed.forEach(({ a, b }, n) => {
        const stored = layout.interactions[n] as StoredArray;
        const dense = model.interactions[n]?.kind === 'dense';
        const [first, second] = (model.interactions[n] as Interaction).between.map(
          (l) => 32 * (this.firstPanels[l] as number),
        ) as [number, number];
        for (let e = 0; e < a.length; e++) {
          const [i, j] = [a[e] as number, b[e] as number];
          const within = dense ? ((j >>> 5) * stored.paddedRows + i) * 32 + (j & 31) : e;
          visit(first + i, second + j, stored.at / 4 + within);
          visit(second + j, first + i, stored.at / 4 + within);
        }
      });
    };
    each((from) => {
      start[from + 1] = (start[from + 1] as number) + 1;
    });
    for (let i = 1; i < start.length; i++) start[i] = (start[i] as number) + (start[i - 1] as number);
    const next = start.slice();
    const count = start.at(-1) as number;
    const [other, positions] = [new Uint32Array(count), new Uint32Array(count)];
    each((from, to, position) => {
      const at = next[from] as number;
      next[from] = at + 1;
      other[at] = to;
      positions[at] = position;
    });
    return { start, other, positions };
  }

  /** Copies an array to memory of its own. @returns Its address. */
  #store(array: Uint32Array): number {
    const block = this.#engine.heap.allocate(array.byteLength);
    this.#blocks.push(block);
    this.#engine.heap.bytes.set(new Uint8Array(array.buffer), block.address);
    return block.address;
  }
}
