import { type Layer, rowLength, unitNumbers, unitParameters } from '../layers/layer.js';
import { type HostTarget, interactionParameters } from '../models/hamiltonian.js';
import { isPairwise, type OpenInteraction } from '../models/interaction.js';
import { byPosition } from '../models/interaction-sums.js';
import { type EnergyModel, layerParameters } from '../models/model.js';
import { listNeighbours, type Neighbours } from '../models/pairs.js';
import type { Workspace } from '../models/workspace.js';
import type { LayerDraws } from '../random/draws.js';

/** What some units receive through one interaction: from one layer in pairs, or whatever an open one sends. */
export type Source =
  | {
      readonly interaction: number;
      /** The layer at the other end. */
      readonly layer: number;
      readonly neighbours: Neighbours;
    }
  | { readonly interaction: number; readonly open: OpenInteraction };

/** Some units of a layer as a layer of their own: what a sweep over blocks of parts of layers draws at once. */
export class PartialLayer {
  readonly layer: Layer;
  readonly units: Uint32Array;
  /** The number of the whole layer. */
  readonly index: number;
  readonly #model: EnergyModel;
  /** Positions of the units' numbers in a row of the whole layer, and of their parameters in its buffer. */
  readonly #numbers: Uint32Array;
  readonly #parameters: Uint32Array;
  readonly #sources: readonly Source[];

  /** @param sources As `listSources` gives them: the parts of a layer share them. */
  constructor(model: EnergyModel, index: number, units: Uint32Array, sources: readonly Source[]) {
    const whole = model.layers[index] as Layer;
    this.layer = whole.select(units);
    this.units = units;
    this.#model = model;
    this.index = index;
    this.#numbers = unitNumbers(whole, units);
    this.#parameters = unitParameters(whole, units);
    this.#sources = sources;
  }

  /** The units' own parameters at a target, in the layout of `layer`. */
  parameters({ parameters, base, beta = 1 }: HostTarget, workspace: Workspace): Float64Array {
    const own = this.#gather(parameters, workspace.take('parameters of some units', this.#parameters.length));
    if (!base) return own;
    const from = this.#gather(base, workspace.take('base of some units', own.length));
    this.layer.anneal(from, own, beta, from);
    return from;
  }

  /**
   * What all other units send to these through the weights among `flat`: `[rows, units · width]`.
   *
   * @param what Names the memory: arrays of different names live side by side.
   */
  inputs(
    flat: Float64Array,
    states: readonly Float64Array[],
    rows: number,
    workspace: Workspace,
    what: string,
  ): Float64Array {
    const length = rowLength(this.layer);
    const out = workspace.take(what, rows * length).fill(0);
    for (const source of this.#sources) {
      const weights = interactionParameters(this.#model, source.interaction, flat);
      if ('open' in source) {
        this.#addOpen(source.open, weights, states, rows, out, workspace);
        continue;
      }
      const { layer, neighbours } = source;
      const values = states[layer] as Float64Array;
      const width = rowLength(this.#model.layers[layer] as Layer);
      const { start, other, parameter } = neighbours;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < length; i++) {
          const number = this.#numbers[i] as number;
          const end = start[number + 1] as number;
          let sum = 0;
          for (let k = start[number] as number; k < end; k++) {
            sum += (weights[parameter[k] as number] as number) * (values[row * width + (other[k] as number)] as number);
          }
          out[row * length + i] = (out[row * length + i] as number) + sum;
        }
      }
    }
    return out;
  }

  /** Adds what an open interaction sends: it computes that for the whole layer. */
  #addOpen(
    open: OpenInteraction,
    weights: Float64Array,
    states: readonly Float64Array[],
    rows: number,
    out: Float64Array,
    workspace: Workspace,
  ): void {
    const width = rowLength(this.#model.layers[this.index] as Layer);
    const received = workspace.take('inputs of a whole layer', rows * width).fill(0);
    open.addInputs(weights, open.between.indexOf(this.index), byPosition(open, states), received);
    const length = rowLength(this.layer);
    for (let n = 0; n < out.length; n++) {
      const number = this.#numbers[n % length] as number;
      out[n] = (out[n] as number) + (received[Math.floor(n / length) * width + number] as number);
    }
  }

  /**
   * Samples some rows, from `first` on, into `states`, the values of the whole layer.
   *
   * @param mask Clamped units of the whole layer, `[rows or 1, units]`.
   */
  sample(
    parameters: Float64Array,
    inputs: Float64Array,
    states: Float64Array,
    first: number,
    mask: Float64Array | undefined,
    draws: LayerDraws,
    workspace: Workspace,
  ): void {
    const drawn = workspace.take('sample of some units', inputs.length);
    draws.units = this.units;
    this.layer.sample(parameters, inputs, drawn, draws);
    draws.units = undefined;
    const whole = this.#model.layers[this.index] as Layer;
    const [length, width] = [rowLength(this.layer), rowLength(whole)];
    for (let n = 0; n < drawn.length; n++) {
      const row = first + Math.floor(n / length);
      if (mask && isClamped(mask, whole, row, this.#numbers[n % length] as number)) continue;
      states[row * width + (this.#numbers[n % length] as number)] = drawn[n] as number;
    }
  }

  #gather(flat: Float64Array, out: Float64Array): Float64Array {
    const whole = layerParameters(this.#model, this.index, flat);
    for (let i = 0; i < out.length; i++) out[i] = whole[this.#parameters[i] as number] as number;
    return out;
  }
}

/** Where the units of a layer receive inputs from. */
export function listSources(model: EnergyModel, layer: number): Source[] {
  return model.interactions.flatMap((interaction, n): Source[] => {
    if (!isPairwise(interaction)) {
      return interaction.between.includes(layer) ? [{ interaction: n, open: interaction }] : [];
    }
    const [a, b] = interaction.between;
    if (layer !== a && layer !== b) return [];
    const neighbours = listNeighbours(interaction, model.layers, layer);
    return [{ interaction: n, layer: layer === a ? b : a, neighbours }];
  });
}

/** Whether a number of a row of a layer is clamped by a mask `[rows or 1, units]`. */
export function isClamped(mask: Float64Array, { units, width }: Layer, row: number, number: number): boolean {
  const unit = Math.floor(number / width);
  return mask[mask.length === units ? unit : row * units + unit] !== 0;
}
