import type { EnergyModel } from '@rbm/core';
import { type CheckedTarget, type Layer, rowLength } from '@rbm/core/contracts';
import { arraysOf, type GpujsBuffer } from './buffer.js';
import { Couplings } from './couplings.js';
import type { DeviceArray, DeviceKernel, Shape, Sizes } from './engine.js';
import { Kernels, type Scope } from './kernels.js';
import { type LayerSources, layerSources, type TargetKind } from './layer-sources.js';
import type { Session } from './session.js';
import { type Betas, mixSource } from './sources.js';

/** A target as operations take it. */
export type At = CheckedTarget<GpujsBuffer>;

/** How the kernels of a layer get the parameters of a conditional distribution: what they expect, and the operands. */
export interface Conditional {
  readonly kind: TargetKind;
  readonly operands: readonly unknown[];
}

/** What a layer's units receive, and how it counts at the target. */
export interface Received {
  readonly inputs: DeviceArray;
  readonly conditional: Conditional;
}

/** A model as the operations of its program see it: its kernels, and what they are given. */
export class CompiledModel {
  readonly model: EnergyModel;
  readonly session: Session;
  readonly kernels: Kernels;
  readonly couplings: Couplings;
  /** The sources of each layer's kernels; `undefined` for one that has to run on the host. */
  readonly sources: readonly (LayerSources | undefined)[];
  /** First unit of each layer, numbered across the model. */
  readonly unitOffsets: readonly number[];
  /** For each layer, which of the layout's arrays are its parameters. */
  readonly layerArrays: readonly (readonly number[])[];

  constructor(model: EnergyModel, session: Session) {
    const { layers } = model;
    this.model = model;
    this.session = session;
    this.sources = layers.map(layerSources);
    this.unitOffsets = layers.map((_, l) => layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
    this.layerArrays = arraysOf(model).layers;
    this.kernels = new Kernels(session.engine);
    this.couplings = new Couplings(model, this.kernels);
  }

  /** The sources of a layer that has kernels. */
  sourcesOf(layer: number): LayerSources {
    return this.sources[layer] as LayerSources;
  }

  /** The sizes that kernels of a layer know. */
  sizes(layer: number): Sizes {
    const { units, width } = this.model.layers[layer] as Layer;
    return { n: units * width, units, q: width };
  }

  /** The shape of a layer's numbers. */
  shape(layer: number, rows: number): Shape {
    return { columns: rowLength(this.model.layers[layer] as Layer), rows };
  }

  /** The parameters of a layer at parameters without a base. */
  async conditionalOf(layer: number, parameters: GpujsBuffer): Promise<Conditional> {
    return { kind: 'none', operands: await this.#arrays(layer, parameters) };
  }

  /** The parameters of a layer at a target. @param mixed Whether its inputs are at the target's β already. */
  async conditional(layer: number, at: At, mixed = false): Promise<Conditional> {
    const { parameters, base } = at;
    if (!base) return this.conditionalOf(layer, parameters);
    const arrays = [...(await this.#arrays(layer, parameters)), ...(await this.#arrays(layer, base))];
    const betas = betasOf(at);
    return { kind: mixed ? `mixed ${betas}` : betas, operands: [...arrays, await this.beta(at)] };
  }

  /** Inputs at a target: those from a base with weights are mixed in. */
  async received(
    layer: number,
    inputs: DeviceArray,
    base: DeviceArray | undefined,
    at: At,
    scope: Scope,
  ): Promise<Received> {
    if (!base) return { inputs, conditional: await this.conditional(layer, at) };
    const betas = betasOf(at);
    const mixed = await this.#mixer(betas).run(inputs, {}, inputs, base, await this.beta(at));
    scope.push(mixed);
    return { inputs: mixed, conditional: await this.conditional(layer, at, true) };
  }

  /** `(1 − β) base + β parameters`, into a buffer like both: one product then serves where two would be needed. */
  async interpolate(base: GpujsBuffer, parameters: GpujsBuffer, beta: number, out: GpujsBuffer): Promise<void> {
    for (const [n, shape] of out.shapes.entries()) {
      if (shape.columns === 0) continue;
      const ends = [await this.kernels.array(parameters, n), await this.kernels.array(base, n)];
      out.replace(n, await this.#mixer('one').run(shape, {}, ...ends, beta));
    }
  }

  /** The inverse temperature of a target as an operand: a number, or an array with one for each row. */
  async beta({ beta }: At): Promise<number | DeviceArray> {
    return typeof beta === 'number' ? beta : this.kernels.array(beta);
  }

  #mixer(betas: Betas): DeviceKernel {
    return this.kernels.get(`mix ${betas}`, () => mixSource(betas));
  }

  #arrays(layer: number, parameters: GpujsBuffer): Promise<DeviceArray[]> {
    return this.kernels.arrays(parameters, this.layerArrays[layer] as readonly number[]);
  }
}

/** Whether a target has one inverse temperature, or one for each row. */
export function betasOf({ beta }: At): Betas {
  return typeof beta === 'number' ? 'one' : 'rows';
}
