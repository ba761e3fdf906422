import type { Assignment, Buffer, Inputs, Program, Site, Target } from '../contracts/backend.js';
import { firstBlockLayers } from '../models/model.js';
import { hasWeightedBase, receiveInputs } from './receive.js';

/**
 * The first block of a model whose blocks are whole layers, with memory for what it receives: it can be summed out of energies
 * and drawn anew from one product. For an RBM, the hidden layer.
 */
export class FirstBlock {
  /** Its layers; none if a block of the model is a part of a layer, or if one of them has clamped units. */
  readonly layers: readonly number[];
  /** What they receive, an entry a layer of the model. */
  readonly inputs: readonly (Inputs | undefined)[];
  readonly #program: Program;

  /** @param target Whether it has a base with weights, and which layers have clamped units. */
  constructor(program: Program, rows: number, target: Target | undefined) {
    const { model } = program;
    const whole = model.blocks.every((block) => block.every(({ units }) => units === undefined));
    const first = whole ? firstBlockLayers(model) : [];
    this.#program = program;
    this.layers = first.some((layer) => target?.clamp?.[layer]) ? [] : first;
    const weighted = hasWeightedBase(target);
    const allocated: Buffer[] = [];
    const allocate = (layer: number): Buffer => {
      const buffer = program.allocate({ holds: 'inputs', layer, rows });
      allocated.push(buffer);
      return buffer;
    };
    try {
      this.inputs = model.layers.map((_, layer) => {
        if (!this.layers.includes(layer)) return undefined;
        return { inputs: allocate(layer), ...(weighted ? { base: allocate(layer) } : {}) };
      });
    } catch (error) {
      for (const buffer of allocated) buffer.dispose();
      throw error;
    }
  }

  /** All buffers: rows of them belong to the chains. */
  get buffers(): Buffer[] {
    return this.inputs.flatMap((entry) => (entry ? [entry.inputs, ...(entry.base ? [entry.base] : [])] : []));
  }

  /** Computes what the layers receive from the values of the others. */
  receive(states: readonly Buffer[], target: Target | undefined): void {
    for (const layer of this.layers) {
      receiveInputs(this.#program, layer, states, this.inputs[layer] as Inputs, target);
    }
  }

  /** Draws the layers from what they receive. */
  draw(states: readonly Buffer[], site: Site, target: Target | undefined): void {
    for (const layer of this.layers) {
      this.#program.sample(layer, this.inputs[layer] as Inputs, states[layer] as Buffer, site, target);
    }
  }

  /** The values of the other layers, with these summed out. */
  summedOut(states: readonly Buffer[]): Assignment {
    return states.map((values, layer) => this.inputs[layer] ?? { values });
  }

  /** Releases the inputs. */
  dispose(): void {
    for (const buffer of this.buffers) buffer.dispose();
  }
}
