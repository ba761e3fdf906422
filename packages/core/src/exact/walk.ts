import { type Layer, rowLength } from '../layers/layer.js';
import {
  computeInputs,
  type HostAssignment,
  type HostLayerAssignment,
  interactionParameters,
} from '../models/hamiltonian.js';
import { isPairwise, type OpenInteraction } from '../models/interaction.js';
import type { EnergyModel } from '../models/model.js';
import { listNeighbours, type Neighbours } from '../models/pairs.js';
import { Workspace } from '../models/workspace.js';
import type { EnumerationPlan } from './enumeration-plan.js';
import { GrayCode } from './gray.js';

/** Rows worked on at once. */
export const ROWS = 256;

/** Fills batches with the states of the enumerated layers in Gray code order, and the inputs they cause. */
export class Walk {
  readonly #model: EnergyModel;
  readonly #code: GrayCode;
  /** For each digit of the code: its layer and unit. */
  readonly #sites: readonly { readonly layer: number; readonly unit: number }[];
  readonly #enumerated: readonly number[];
  readonly #summedOut: readonly number[];
  readonly #full: readonly Float64Array[];
  /** For each interaction that is a list of pairs, the neighbours of both its layers' numbers. */
  readonly #neighbours: readonly (readonly Neighbours[])[];
  readonly #workspace: Workspace = new Workspace();
  readonly #rows: number;
  #left: number;

  constructor(model: EnergyModel, plan: EnumerationPlan) {
    this.#model = model;
    this.#enumerated = plan.enumerated;
    this.#summedOut = model.layers.flatMap((_, l) => (plan.enumerated.includes(l) ? [] : [l]));
    this.#sites = plan.enumerated.flatMap((layer) =>
      Array.from({ length: (model.layers[layer] as Layer).units }, (_, unit) => ({ layer, unit })),
    );
    this.#code = new GrayCode(this.#sites.map(({ layer }) => (model.layers[layer] as Layer).states as number));
    this.#rows = Math.min(ROWS, plan.states);
    this.#left = plan.states;
    this.#full = model.layers.map((layer) => new Float64Array(this.#rows * rowLength(layer)));
    this.#neighbours = model.interactions.map((interaction) =>
      interaction.kind === 'dense' || !isPairwise(interaction)
        ? []
        : interaction.between.map((l) => listNeighbours(interaction, model.layers, l)),
    );
  }

  /** The next states, overwriting those before. The last batch may have fewer rows than the others. */
  next(): { readonly assignment: HostAssignment; readonly rows: number } {
    const rows = Math.min(this.#rows, this.#left);
    this.#left -= rows;
    this.#writeFirstRow();
    for (let row = 1; row < rows; row++) this.#writeNextRow(row);
    this.#code.advance();
    const assignment = this.#full.map((array, l): HostLayerAssignment => {
      const part = array.subarray(0, rows * rowLength(this.#model.layers[l] as Layer));
      return this.#enumerated.includes(l) ? { values: part } : { inputs: part };
    });
    return { assignment, rows };
  }

  #writeFirstRow(): void {
    const model = this.#model;
    this.#sites.forEach(({ layer: l, unit }, digit) => {
      const layer = model.layers[l] as Layer;
      layer.state(this.#code.digits[digit] as number, this.#full[l] as Float64Array, unit * layer.width);
    });
    const firstRows = model.layers.map((layer, l) => (this.#full[l] as Float64Array).subarray(0, rowLength(layer)));
    for (const l of this.#summedOut) {
      // Afresh for every batch: the rounding errors of 256 small changes are all that can gather.
      computeInputs(model, model.parameters, l, firstRows, firstRows[l] as Float64Array, this.#workspace);
    }
  }

  #writeNextRow(row: number): void {
    const model = this.#model;
    model.layers.forEach((layer, l) => {
      const length = rowLength(layer);
      (this.#full[l] as Float64Array).copyWithin(row * length, (row - 1) * length, row * length);
    });
    this.#code.advance();
    const digit = this.#code.changed;
    const { layer: l, unit } = this.#sites[digit] as { layer: number; unit: number };
    const layer = model.layers[l] as Layer;
    const values = this.#full[l] as Float64Array;
    const start = row * rowLength(layer) + unit * layer.width;
    const before = values.slice(start, start + layer.width);
    layer.state(this.#code.digits[digit] as number, values, start);
    for (let k = 0; k < layer.width; k++) {
      const change = (values[start + k] as number) - (before[k] as number);
      if (change !== 0) this.#addToInputs(l, unit * layer.width + k, change, row);
    }
  }

  /** Adds `change` times the weights of component `index` of layer `l` to the inputs of the layers summed out. */
  #addToInputs(l: number, index: number, change: number, row: number): void {
    const model = this.#model;
    model.interactions.forEach((interaction, n) => {
      if (!isPairwise(interaction)) {
        this.#addOpen(interaction, n, l, index, change, row);
        return;
      }
      const [a, b] = interaction.between;
      const other = a === l ? b : b === l ? a : -1;
      if (!this.#summedOut.includes(other)) return;
      const received = this.#full[other] as Float64Array;
      const weights = interactionParameters(model, n, model.parameters);
      const length = rowLength(model.layers[other] as Layer);
      if (interaction.kind !== 'dense') {
        const ends = this.#neighbours[n] as readonly Neighbours[];
        const { start, other: to, parameter } = ends[a === l ? 0 : 1] as Neighbours;
        for (let k = start[index] as number; k < (start[index + 1] as number); k++) {
          const j = row * length + (to[k] as number);
          received[j] = (received[j] as number) + change * (weights[parameter[k] as number] as number);
        }
        return;
      }
      const columns = rowLength(model.layers[b] as Layer);
      for (let j = 0; j < length; j++) {
        const w = a === l ? index * columns + j : j * columns + index;
        received[row * length + j] = (received[row * length + j] as number) + change * (weights[w] as number);
      }
    });
  }

  #addOpen(interaction: OpenInteraction, n: number, l: number, index: number, change: number, row: number): void {
    const from = interaction.between.indexOf(l);
    if (from < 0) return;
    const model = this.#model;
    const weights = interactionParameters(model, n, model.parameters);
    const rowOf = (layer: number): Float64Array => {
      const length = rowLength(model.layers[layer] as Layer);
      return (this.#full[layer] as Float64Array).subarray(row * length, (row + 1) * length);
    };
    const values = interaction.between.map((layer) => (this.#enumerated.includes(layer) ? rowOf(layer) : undefined));
    interaction.between.forEach((layer, to) => {
      if (!this.#summedOut.includes(layer)) return;
      interaction.addInputChange(weights, from, index, change, to, values, rowOf(layer));
    });
  }
}
